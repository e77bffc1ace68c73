package io.github.lightning4j.cli.checks;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.DType;
import io.github.lightning4j.Layout;
import io.github.lightning4j.Tensor;

import java.lang.foreign.Arena;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.LongStream;

/**
 * Standard normal tensors, the same for the same seed whatever the machine and threads.
 *
 * <p>Every piece of {@value #PIECE} elements has a generator of its own, seeded by the seed and the
 * piece's number.
 */
public final class SyntheticTensors {
    private static final int PIECE = 1 << 16;
    private static final RandomGeneratorFactory<RandomGenerator> GENERATORS =
            RandomGeneratorFactory.of("L64X128MixRandom");

    private final Arena arena;
    private final long seed;
    private long tensors;

    /** Tensors that live in an arena. */
    public SyntheticTensors(Arena arena, long seed) {
        this.arena = arena;
        this.seed = seed;
    }

    /** q, k and v of a configuration. */
    public AttentionInputs inputs(AttentionConfig config, DType dtype, long batch, long tokens) {
        Layout layout = config.layout();
        long[] keys = layout.shape(batch, config.heads(), tokens, config.keyDim());
        long[] values = layout.shape(batch, config.heads(), tokens, config.valueDim());
        return AttentionInputs.of(next(dtype, keys), next(dtype, keys), next(dtype, values));
    }

    /** The next tensor. */
    public Tensor next(DType dtype, long... shape) {
        Tensor tensor = Tensor.allocate(arena, dtype, shape);
        long stream = seed + (tensors++ << 40);
        long pieces = (tensor.size() + PIECE - 1) / PIECE;
        LongStream.range(0, pieces)
                .parallel()
                .forEach(piece -> {
                    RandomGenerator random = GENERATORS.create(stream + piece);
                    long end = Math.min((piece + 1) * PIECE, tensor.size());
                    for (long i = piece * PIECE; i < end; i++) {
                        tensor.setDouble(i, random.nextGaussian());
                    }
                });
        return tensor;
    }
}
