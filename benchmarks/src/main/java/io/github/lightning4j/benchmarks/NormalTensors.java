package io.github.lightning4j.benchmarks;

import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;

import java.lang.foreign.Arena;
import java.util.SplittableRandom;

/** Seeded standard normal tensors. Not thread-safe. */
final class NormalTensors {
    private final Arena arena;
    private final SplittableRandom random = new SplittableRandom(1);

    /** Tensors that live in an arena. */
    NormalTensors(Arena arena) {
        this.arena = arena;
    }

    /** The next tensor. */
    Tensor next(DType dtype, long... shape) {
        Tensor tensor = Tensor.allocate(arena, dtype, shape);
        for (long i = 0; i < tensor.size(); i++) {
            tensor.setDouble(i, random.nextGaussian());
        }
        return tensor;
    }
}
