package io.github.lightning4j.examples;

import io.github.lightning4j.Tensor;

import java.util.Random;

/** Stands in for a model's projections. */
final class RandomTensors {
    private final Random random;

    RandomTensors(long seed) {
        random = new Random(seed);
    }

    /** A float32 tensor of that shape with standard normal numbers. */
    Tensor normal(long... shape) {
        int size = 1;
        for (long extent : shape) {
            size = Math.toIntExact(size * extent);
        }
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Tensor.ofFloats(values, shape);
    }

    /** Other numbers into a tensor that is there already. */
    void refill(Tensor tensor) {
        for (long i = 0; i < tensor.size(); i++) {
            tensor.setDouble(i, random.nextGaussian());
        }
    }
}
