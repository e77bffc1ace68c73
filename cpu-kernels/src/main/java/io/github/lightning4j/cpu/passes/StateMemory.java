package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.StoredMatrix;
import io.github.lightning4j.cpu.arithmetic.StoredScaledMatrix;

import java.lang.foreign.Arena;
import java.lang.foreign.SegmentAllocator;

/**
 * Memory outside the heap for all matrices of one session or pool. It begins as zeros and is freed
 * when it is closed; it does not count against {@code -XX:MaxDirectMemorySize}. Matrices of it may
 * be used by any thread, each by one at a time.
 */
final class StateMemory implements AutoCloseable {
    /** A line of the cache, and the longest vector. */
    private static final int ALIGNMENT = 64;

    private final Arena arena = Arena.ofShared();
    private final SegmentAllocator rest;

    /**
     * Memory for so many bytes of matrices, as the methods of this class count them.
     *
     * @throws OutOfMemoryError if there is none, or more than the machine has: the system may
     *     promise that, and then end the process
     */
    StateMemory(long bytes) {
        try {
            MachineMemory.checkHas(bytes);
            rest = SegmentAllocator.slicingAllocator(arena.allocate(bytes, ALIGNMENT));
        } catch (OutOfMemoryError e) {
            arena.close();
            throw e;
        }
    }

    /** A matrix of zeros. */
    StoredMatrix matrix(Blocking blocking, int rows, int columns) {
        long bytes = StoredMatrix.bytes(rows, columns, blocking.lanes());
        return new StoredMatrix(rest.allocate(bytes, ALIGNMENT), rows, columns, blocking.lanes());
    }

    /** A state [D, E] of zeros. */
    StoredMatrix state(Blocking blocking) {
        return matrix(blocking, blocking.keyDim(), blocking.valueDim());
    }

    /** A state [D, E] in 16 bits an element. */
    StoredScaledMatrix scaledState(Blocking blocking) {
        int rows = blocking.keyDim();
        int columns = blocking.valueDim();
        long bytes = StoredScaledMatrix.bytes(rows, columns, blocking.lanes());
        return new StoredScaledMatrix(
                rest.allocate(bytes, ALIGNMENT), rows, columns, blocking.lanes());
    }

    /** What {@link #matrix} takes. */
    static long bytes(Blocking blocking, int rows, int columns) {
        return whole(StoredMatrix.bytes(rows, columns, blocking.lanes()));
    }

    /** What {@link #state} takes. */
    static long stateBytes(Blocking blocking) {
        return bytes(blocking, blocking.keyDim(), blocking.valueDim());
    }

    /** What {@link #scaledState} takes. */
    static long scaledStateBytes(Blocking blocking) {
        return whole(
                StoredScaledMatrix.bytes(blocking.keyDim(), blocking.valueDim(), blocking.lanes()));
    }

    private static long whole(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    @Override
    public void close() {
        arena.close();
    }
}
