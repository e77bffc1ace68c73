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
import io.github.lightning4j.spi.BackwardBuffers;
import io.github.lightning4j.spi.ForwardBuffers;

import java.util.Locale;
import java.util.Random;
import java.util.function.BiConsumer;

/**
 * A small pass with local memory, barriers, a short last chunk and D ≠ E, compared with the float64
 * definition: a device that compiles kernels wrongly, or runs them with another grid, is found
 * before it is trusted. The forward pass is tested when a device is opened, the backward pass when
 * it is first asked for.
 */
final class SelfTest {
    private static final int TOKENS = 150;
    private static final double TOLERANCE = 1e-5;
    private static final AttentionConfig CONFIG =
            AttentionConfig.builder(2, 24, 40).scale(0.5).build();

    private SelfTest() {}

    /** Runs the forward pass; empty if all is well, otherwise what is wrong. */
    public static String forward(Backend backend) {
        Inputs in = new Inputs();
        Tensor o = unwritten(in.v.shape());
        try {
            backend.forward(
                    in.problem(),
                    new ForwardBuffers(
                            in.q.memory(), in.k.memory(), in.v.memory(), null, o.memory(), null));
        } catch (RuntimeException e) {
            return String.valueOf(e.getMessage());
        }
        RelativeError error = new RelativeError();
        for (int h = 0; h < CONFIG.heads(); h++) {
            error.add(
                    in.rows(o, h),
                    ReferenceAttention.tokenByToken(
                                    ReferenceAttention.Head.of(CONFIG, in.all(), 0, h))
                            .output());
        }
        return verdict(error);
    }

    /** Runs a backward pass; empty if all is well, otherwise what is wrong. */
    static String backward(BiConsumer<AttentionProblem, BackwardBuffers> pass) {
        Inputs in = new Inputs();
        Tensor dq = unwritten(in.q.shape());
        Tensor dk = unwritten(in.q.shape());
        Tensor dv = unwritten(in.v.shape());
        Tensor dState = unwritten(1, CONFIG.heads(), CONFIG.keyDim(), CONFIG.valueDim());
        pass.accept(
                in.problem(),
                new BackwardBuffers(
                        in.q.memory(),
                        in.k.memory(),
                        in.v.memory(),
                        null,
                        in.dO.memory(),
                        null,
                        dq.memory(),
                        dk.memory(),
                        dv.memory(),
                        dState.segment()));
        RelativeError error = new RelativeError();
        for (int h = 0; h < CONFIG.heads(); h++) {
            ReferenceAttention.HeadGradients expected =
                    ReferenceAttention.backward(CONFIG, in.all(), in.dO, null, 0, h);
            error.add(in.rows(dq, h), expected.dq());
            error.add(in.rows(dk, h), expected.dk());
            error.add(in.rows(dv, h), expected.dv());
            error.add(ReferenceAttention.matrix(CONFIG, dState, 0, h), expected.initialState());
        }
        return verdict(error);
    }

    private static String verdict(RelativeError error) {
        return Gate.passes(error.value(), TOLERANCE)
                ? ""
                : String.format(
                        Locale.ROOT,
                        "its numbers are wrong: relative error %.1e against the float64 definition",
                        error.value());
    }

    /** The inputs of the test. */
    private static final class Inputs {
        private final Random random = new Random(64);
        final Tensor q = normal(CONFIG.keyDim());
        final Tensor k = normal(CONFIG.keyDim());
        final Tensor v = normal(CONFIG.valueDim());
        final Tensor dO = normal(CONFIG.valueDim());

        private Tensor normal(int dim) {
            Tensor tensor = Tensor.allocate(DType.F32, 1, CONFIG.heads(), TOKENS, dim);
            for (long i = 0; i < tensor.size(); i++) {
                tensor.setDouble(i, random.nextGaussian());
            }
            return tensor;
        }

        AttentionProblem problem() {
            return new AttentionProblem(CONFIG, DType.F32, DType.F32, 1, TOKENS, null);
        }

        AttentionInputs all() {
            return AttentionInputs.of(q, k, v);
        }

        double[][] rows(Tensor tensor, int h) {
            return ReferenceAttention.rows(
                    CONFIG, all(), tensor, 0, h, Math.toIntExact(tensor.shape(3)));
        }
    }

    /** A tensor of NaN, which shows elements that nothing writes. */
    private static Tensor unwritten(long... shape) {
        Tensor tensor = Tensor.allocate(DType.F32, shape);
        tensor.segment().fill((byte) 0xFF);
        return tensor;
    }
}
