package io.github.lightning4j.tornado.tasks;

import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * The states of every sequence and head.
 *
 * @param array with room for a {@linkplain io.github.lightning4j.tornado.kernels.Seals seal}
 * @param name in errors, where they come from the host before each run; else nothing
 * @param transposed whether a row of theirs is one of values, and not one of keys
 */
record TensorStates(FloatArray array, String name, boolean transposed) {
    int isTransposed() {
        return transposed ? 1 : 0;
    }
}
