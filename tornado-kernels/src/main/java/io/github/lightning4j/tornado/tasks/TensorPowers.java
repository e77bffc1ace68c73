package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.kernels.TensorDecay;
import io.github.lightning4j.tornado.memory.DeviceArrays;

import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * The powers of λ of all heads in one direction of time.
 *
 * @param decay a {@link TensorDecay}
 * @param seal the one behind it
 */
record TensorPowers(FloatArray decay, int seal) {
    static TensorPowers of(TensorShape shape, int direction, DeviceArrays arrays) {
        int seal = Seals.next();
        float[] table = TensorDecay.of(shape.config().slopes(), shape.config().scale(), direction);
        return new TensorPowers(arrays.sealed(table, seal), seal);
    }
}
