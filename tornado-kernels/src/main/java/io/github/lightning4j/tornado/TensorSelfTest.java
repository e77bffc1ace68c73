package io.github.lightning4j.tornado;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.Gate;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.RelativeError;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.ForwardBuffers;

import java.util.Locale;
import java.util.Random;

/**
 * A small forward pass on tensor cores, from states to states, with padded rows, columns for two
 * groups and a short last chunk, compared with the float64 definition. What TornadoVM and the
 * driver make of these kernels is not documented, so each is tried before it is used.
 */
final class TensorSelfTest {
    private static final int TOKENS = 150;
    private static final int HEADS = 2;
    private static final int VALUE_DIM = 72;

    /** What D is smaller than its padding. */
    private static final int PADDED = 8;

    private final Random random = new Random(64);

    private TensorSelfTest() {}

    /**
     * Tries the kernel of a dtype.
     *
     * @param depth D as the kernel pads it
     * @return what is wrong, or nothing
     */
    static String failure(Backend backend, DType type, int depth) {
        return new TensorSelfTest().run(backend, type, depth);
    }

    private String run(Backend backend, DType type, int depth) {
        AttentionConfig config =
                AttentionConfig.builder(HEADS, depth - PADDED, VALUE_DIM).scale(0.25).build();
        Tensor q = normal(type, 1, HEADS, TOKENS, config.keyDim());
        Tensor k = normal(type, 1, HEADS, TOKENS, config.keyDim());
        Tensor v = normal(type, 1, HEADS, TOKENS, VALUE_DIM);
        Tensor initial = normal(DType.F32, 1, HEADS, config.keyDim(), VALUE_DIM);
        Tensor o = unwritten(type, v.shape());
        Tensor last = unwritten(DType.F32, initial.shape());
        try {
            backend.forward(
                    new AttentionProblem(config, type, type, 1, TOKENS, null),
                    new ForwardBuffers(
                            q.segment(),
                            k.segment(),
                            v.segment(),
                            initial.segment(),
                            o.segment(),
                            last.segment()));
        } catch (RuntimeException e) {
            return String.valueOf(e.getMessage());
        }
        AttentionInputs inputs = AttentionInputs.of(q, k, v);
        RelativeError outputs = new RelativeError();
        RelativeError states = new RelativeError();
        for (int h = 0; h < HEADS; h++) {
            ReferenceAttention.Head zero = ReferenceAttention.Head.of(config, inputs, 0, h);
            ReferenceAttention.HeadResult expected =
                    ReferenceAttention.tokenByToken(
                            new ReferenceAttention.Head(
                                    zero.q(),
                                    zero.k(),
                                    zero.v(),
                                    ReferenceAttention.matrix(config, initial, 0, h),
                                    zero.slope(),
                                    zero.scale()));
            outputs.add(
                    ReferenceAttention.rows(config, inputs, o, 0, h, VALUE_DIM), expected.output());
            states.add(ReferenceAttention.matrix(config, last, 0, h), expected.finalState());
        }
        boolean half = type == DType.F16;
        String verdict = verdict("outputs", outputs, half ? 1e-3 : 5e-3);
        return verdict.isEmpty() ? verdict("final states", states, half ? 1e-3 : 3e-3) : verdict;
    }

    private static String verdict(String what, RelativeError error, double tolerance) {
        return Gate.passes(error.value(), tolerance)
                ? ""
                : String.format(
                        Locale.ROOT,
                        "its %s are wrong: relative error %.1e against the float64 definition",
                        what,
                        error.value());
    }

    private Tensor normal(DType type, long... shape) {
        Tensor tensor = Tensor.allocate(type, shape);
        for (long i = 0; i < tensor.size(); i++) {
            tensor.setDouble(i, random.nextGaussian());
        }
        return tensor;
    }

    /** A tensor of NaN, which shows elements that nothing writes. */
    private static Tensor unwritten(DType type, long... shape) {
        Tensor tensor = Tensor.allocate(type, shape);
        tensor.segment().fill((byte) 0xFF);
        return tensor;
    }
}
