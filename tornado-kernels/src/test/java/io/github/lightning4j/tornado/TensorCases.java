package io.github.lightning4j.tornado;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.Layout;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.tornado.tasks.TensorKey;

import org.jspecify.annotations.Nullable;

import java.util.Random;

/** Problems for tensor cores, with slopes from those that vanish in float32 to the steepest. */
final class TensorCases {
    private static final float[] SLOPES = {4e-8f, 0f, 0.01f, 0.5f, 1.5f, 8f};

    private final Random random;

    TensorCases(long seed) {
        random = new Random(seed);
    }

    /** A tensor of normal random numbers. */
    Tensor normal(DType type, long... shape) {
        Tensor tensor = Tensor.allocate(type, shape);
        for (long i = 0; i < tensor.size(); i++) {
            tensor.setDouble(i, random.nextGaussian());
        }
        return tensor;
    }

    /** Six heads with the slopes, of a size that tensor cores take. */
    static AttentionConfig config(Layout layout, int keyDim, int valueDim) {
        AttentionConfig config =
                AttentionConfig.builder(SLOPES.length, keyDim, valueDim)
                        .decay(new Decay.Slopes(SLOPES))
                        .layout(layout)
                        .scale(0.5)
                        .build();
        assertEquals("", TensorKey.hindrance(config, DType.BF16, DType.BF16));
        return config;
    }

    /**
     * Random q, k and v.
     *
     * @param initial whether there are initial states
     */
    AttentionInputs inputs(
            AttentionConfig config,
            DType type,
            int batch,
            int tokens,
            @Nullable PackedSequences packed,
            boolean initial) {
        int heads = config.heads();
        boolean first = config.layout() == Layout.HEADS_FIRST;
        long[] keys = {batch, first ? heads : tokens, first ? tokens : heads, config.keyDim()};
        long[] values = {batch, keys[1], keys[2], config.valueDim()};
        int sequences = packed == null ? batch : packed.count();
        AttentionState state =
                initial
                        ? AttentionState.of(
                                normal(
                                        DType.F32,
                                        sequences,
                                        heads,
                                        config.keyDim(),
                                        config.valueDim()),
                                config.slopes(),
                                new long[sequences])
                        : null;
        return new AttentionInputs(
                normal(type, keys), normal(type, keys), normal(type, values), packed, state);
    }
}
