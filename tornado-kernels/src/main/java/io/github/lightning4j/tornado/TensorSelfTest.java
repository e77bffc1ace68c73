package io.github.lightning4j.tornado;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.Gate;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.RelativeError;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.BackwardBuffers;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.tornado.plans.TensorCores;
import io.github.lightning4j.tornado.tasks.TensorShape;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * A small pass on tensor cores, forward or backward, from states to states, with padded rows,
 * columns for two groups and a short last chunk, compared with the float64 definition. What
 * TornadoVM and the driver make of these kernels is not documented, so each is tried before it is
 * used.
 */
final class TensorSelfTest {
    private static final int FEW_TOKENS = 150;

    /** Enough for two pieces, the last of which is short. */
    private static final int MANY_TOKENS = 2 * TensorShape.PIECE + 6;

    private static final int HEADS = 2;

    /** One that forgets within a piece, so that a power too many shows, and one that does not. */
    private static final Decay DECAY = new Decay.Slopes(0.3f, 0.004f);

    private static final int VALUE_DIM = 72;

    /** Columns for one group, because those of pieces count too. */
    private static final int CUT_VALUE_DIM = 56;

    /** What D is smaller than its padding. */
    private static final int PADDED = 8;

    private final Random random = new Random(64);

    private final int tokens;

    private TensorSelfTest(TensorCores.Kernels kernels) {
        tokens = kernels.cut() ? MANY_TOKENS : FEW_TOKENS;
    }

    /**
     * Tries kernels.
     *
     * @return what is wrong, or nothing
     */
    static String failure(Backend backend, TensorCores.Kernels kernels) {
        TensorSelfTest test = new TensorSelfTest(kernels);
        try {
            return kernels.isBackward()
                    ? test.backward(backend, kernels)
                    : test.forward(backend, kernels);
        } catch (RuntimeException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private String forward(Backend backend, TensorCores.Kernels kernels) {
        DType type = kernels.type();
        int valueDim = kernels.cut() ? CUT_VALUE_DIM : VALUE_DIM;
        AttentionConfig config =
                AttentionConfig.builder(HEADS, kernels.keyDim() - PADDED, valueDim)
                        .decay(DECAY)
                        .scale(0.25)
                        .build();
        Tensor q = normal(type, 1, HEADS, tokens, config.keyDim());
        Tensor k = normal(type, 1, HEADS, tokens, config.keyDim());
        Tensor v = normal(type, 1, HEADS, tokens, valueDim);
        Tensor initial = normal(DType.F32, 1, HEADS, config.keyDim(), valueDim);
        Tensor o = unwritten(type, v.shape());
        Tensor last = unwritten(DType.F32, initial.shape());
        backend.forward(
                new AttentionProblem(config, type, type, 1, tokens, null),
                new ForwardBuffers(
                        q.memory(),
                        k.memory(),
                        v.memory(),
                        initial.segment(),
                        o.memory(),
                        last.segment()));
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
                    ReferenceAttention.rows(config, inputs, o, 0, h, valueDim), expected.output());
            states.add(ReferenceAttention.matrix(config, last, 0, h), expected.finalState());
        }
        Gate gate = Gate.of(type);
        String verdict = verdict("outputs", outputs, gate.output(tokens));
        return verdict.isEmpty() ? verdict("final states", states, gate.state()) : verdict;
    }

    /** From a state, and from the gradient of the state after it. */
    private String backward(Backend backend, TensorCores.Kernels kernels) {
        DType type = kernels.type();
        AttentionConfig config =
                AttentionConfig.builder(
                                HEADS, kernels.keyDim() - PADDED, kernels.valueDim() - PADDED)
                        .decay(DECAY)
                        .scale(0.25)
                        .build();
        Tensor q = normal(type, 1, HEADS, tokens, config.keyDim());
        Tensor k = normal(type, 1, HEADS, tokens, config.keyDim());
        Tensor v = normal(type, 1, HEADS, tokens, config.valueDim());
        Tensor dO = normal(type, 1, HEADS, tokens, config.valueDim());
        Tensor initial = normal(DType.F32, 1, HEADS, config.keyDim(), config.valueDim());
        Tensor dFinal = normal(DType.F32, 1, HEADS, config.keyDim(), config.valueDim());
        Tensor dq = unwritten(type, q.shape());
        Tensor dk = unwritten(type, k.shape());
        Tensor dv = unwritten(type, v.shape());
        Tensor dInitial = unwritten(DType.F32, initial.shape());
        backend.backward(
                new AttentionProblem(config, type, type, 1, tokens, null),
                new BackwardBuffers(
                        q.memory(),
                        k.memory(),
                        v.memory(),
                        initial.segment(),
                        dO.memory(),
                        dFinal.segment(),
                        dq.memory(),
                        dk.memory(),
                        dv.memory(),
                        dInitial.segment()));
        AttentionInputs inputs =
                new AttentionInputs(
                        q, k, v, null, AttentionState.of(initial, config.slopes(), new long[1]));
        Map<String, RelativeError> errors = new LinkedHashMap<>();
        for (String name : List.of("dq", "dk", "dv", "gradients of initial states")) {
            errors.put(name, new RelativeError());
        }
        for (int h = 0; h < HEADS; h++) {
            ReferenceAttention.HeadGradients expected =
                    ReferenceAttention.backward(config, inputs, dO, dFinal, 0, h);
            double[][][] found = {
                ReferenceAttention.rows(config, inputs, dq, 0, h, config.keyDim()),
                ReferenceAttention.rows(config, inputs, dk, 0, h, config.keyDim()),
                ReferenceAttention.rows(config, inputs, dv, 0, h, config.valueDim()),
                ReferenceAttention.matrix(config, dInitial, 0, h)
            };
            double[][][] wanted = {
                expected.dq(), expected.dk(), expected.dv(), expected.initialState()
            };
            int i = 0;
            for (RelativeError error : errors.values()) {
                error.add(found[i], wanted[i]);
                i++;
            }
        }
        double tolerance = Gate.of(type).gradients();
        return errors.entrySet().stream()
                .map(error -> verdict(error.getKey(), error.getValue(), tolerance))
                .filter(verdict -> !verdict.isEmpty())
                .collect(Collectors.joining("; "));
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
