package io.github.lightning4j.tornado;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.Gate;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.RelativeError;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.ForwardBuffers;

import java.util.Random;

/**
 * A small forward pass with local memory, barriers, a short last chunk and D ≠ E, compared with the
 * float64 definition: a device that compiles kernels wrongly, or runs them with another grid, is
 * found before it is trusted.
 */
final class SelfTest {
    private static final int TOKENS = 150;
    private static final double TOLERANCE = 1e-5;

    private SelfTest() {}

    /** Runs it; empty if all is well, otherwise what is not. */
    static String run(TornadoBackend backend) {
        AttentionConfig config = AttentionConfig.builder(2, 24, 40).scale(0.5).build();
        Random random = new Random(64);
        Tensor q = random(random, config.heads(), config.keyDim());
        Tensor k = random(random, config.heads(), config.keyDim());
        Tensor v = random(random, config.heads(), config.valueDim());
        Tensor o = Tensor.allocate(DType.F32, v.shape());
        o.segment().fill((byte) 0xFF);
        try {
            backend.forward(
                    new AttentionProblem(config, DType.F32, DType.F32, 1, TOKENS, null),
                    new ForwardBuffers(
                            q.segment(), k.segment(), v.segment(), null, o.segment(), null));
        } catch (RuntimeException e) {
            return String.valueOf(e.getMessage());
        }
        AttentionInputs inputs = new AttentionInputs(q, k, v, null, null);
        RelativeError error = new RelativeError();
        for (int h = 0; h < config.heads(); h++) {
            error.add(
                    ReferenceAttention.rows(config, inputs, o, 0, h, config.valueDim()),
                    ReferenceAttention.tokenByToken(
                                    ReferenceAttention.Head.of(config, inputs, 0, h))
                            .output());
        }
        return Gate.passes(error.value(), TOLERANCE)
                ? ""
                : "its numbers are wrong: relative error %.1e against the float64 definition"
                        .formatted(error.value());
    }

    private static Tensor random(Random random, int heads, int dim) {
        Tensor tensor = Tensor.allocate(DType.F32, 1, heads, TOKENS, dim);
        for (long i = 0; i < tensor.size(); i++) {
            tensor.setDouble(i, random.nextGaussian());
        }
        return tensor;
    }
}
