package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.tornado.kernels.DecayTable;
import io.github.lightning4j.tornado.kernels.PoolTable;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.memory.DeviceArrays;
import io.github.lightning4j.tornado.tasks.PoolShape;

import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * The arrays of a pool that stay on the device: its places, and the powers of λ.
 *
 * @param producer the graph that puts them there
 * @param states S of each place [places, H, D, E]
 * @param keys φ(k)ᵀ of each place [places, H, D, 32]
 * @param values v of each place [places, H, 32, E]
 * @param decay the {@link DecayTable}
 * @param decaySeal the {@linkplain Seals seal} behind it
 */
record PoolHome(
        String producer,
        FloatArray states,
        FloatArray keys,
        FloatArray values,
        FloatArray decay,
        int decaySeal) {
    /** Allocates the arrays. */
    static PoolHome allocate(String producer, PoolShape shape, DeviceArrays arrays) {
        int streams = Math.toIntExact((shape.places() + shape.scratch()) * shape.config().heads());
        int keyDim = shape.config().keyDim();
        int valueDim = shape.config().valueDim();
        int seal = Seals.next();
        return new PoolHome(
                producer,
                arrays.floats(streams * keyDim * valueDim),
                arrays.floats(streams * PoolTable.TOKENS * keyDim),
                arrays.floats(streams * PoolTable.TOKENS * valueDim),
                arrays.sealed(DecayTable.of(shape.config().slopes()), seal),
                seal);
    }

    /** Begins the producer. */
    TaskGraph produce() {
        return new TaskGraph(producer)
                .transferToDevice(DataTransferMode.FIRST_EXECUTION, states, keys, values);
    }

    /** Begins another graph. */
    TaskGraph consume(TaskGraph graph) {
        return graph.consumeFromDevice(producer, states, keys, values)
                .transferToDevice(DataTransferMode.FIRST_EXECUTION, decay);
    }

    /** Ends a graph. */
    TaskGraph persist(TaskGraph graph) {
        return graph.persistOnDevice(states, keys, values);
    }
}
