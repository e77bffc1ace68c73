package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.StoredMatrix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.function.Supplier;

/**
 * The memory of one session, outside of the heap, from which its matrices are cut one after
 * another. It ends with {@link #close}; using a matrix after that is an {@link
 * IllegalStateException}.
 */
final class SessionArena implements AutoCloseable {
    // Shared, because workers compute in it, and a cleaner's thread may close it.
    private final Arena arena = Arena.ofShared();
    private final MemorySegment whole;
    private final SegmentAllocator parts;
    private final Blocking blocking;

    /**
     * Zeros.
     *
     * @param bytes of all matrices together, each as {@link Blocking#storedBytes} says
     */
    SessionArena(long bytes, Blocking blocking) {
        try {
            whole = arena.allocate(bytes, StoredMatrix.ALIGNMENT);
        } catch (OutOfMemoryError e) {
            arena.close();
            throw e;
        }
        this.parts = SegmentAllocator.slicingAllocator(whole);
        this.blocking = blocking;
    }

    /** The next matrix. */
    StoredMatrix matrix(int rows, int columns) {
        MemorySegment part =
                parts.allocate(blocking.storedBytes(rows, columns), StoredMatrix.ALIGNMENT);
        return new StoredMatrix(part, rows, columns, blocking.lanes());
    }

    /** The next state S [D, E]. */
    StoredMatrix state() {
        return matrix(blocking.keyDim(), blocking.valueDim());
    }

    /** An arena of the same size and contents. */
    SessionArena copy() {
        SessionArena copy = new SessionArena(whole.byteSize(), blocking);
        copy.whole.copyFrom(whole);
        return copy;
    }

    /** Opens the session that owns this; if that fails this ends, because nobody owns it. */
    <S> S orClosed(Supplier<S> opening) {
        try {
            return opening.get();
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
