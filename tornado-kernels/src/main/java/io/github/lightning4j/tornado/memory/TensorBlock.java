package io.github.lightning4j.tornado.memory;

import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.kernels.TensorTable;

import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.LongArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The memory of a tensor of the caller's over which the arrays of plans can lie, so that nothing is
 * copied on the host:
 *
 * <pre>
 *   header of a LongArray | FIRST longs, in whose last bytes other arrays have their header |
 *   the elements | room for the rows that a plan has more, and for a {@linkplain Seals seal}
 * </pre>
 *
 * <p>Used by one thread at a time, but for {@link #elements}.
 */
public final class TensorBlock {
    /** Alignment of the elements. */
    private static final long LINE = 64;

    /** Bytes before the elements. */
    private static final long BEFORE =
            (LongArray.ARRAY_HEADER + TensorTable.FIRST * (long) Long.BYTES + LINE - 1)
                    / LINE
                    * LINE;

    /** A plan has room for an eighth more tokens than the call that it is made for, or for 16. */
    private static final int ROOM_SHIFT = 3;

    private final Arena arena = Arena.ofShared();
    private final LockedPages locked = new LockedPages();
    private final MemorySegment pages;
    private final MemorySegment elements;

    /**
     * Allocates it, locked where the device's driver has locked pages.
     *
     * @param bytes of the elements
     */
    public TensorBlock(TornadoDevice device, long bytes) {
        long all = BEFORE + bytes + (bytes >> ROOM_SHIFT) + HostBlocks.PAGE;
        try {
            pages = arena.allocate(HostBlocks.pages(all), HostBlocks.PAGE);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
        elements = pages.asSlice(BEFORE, bytes);
        if (LockedPages.isFor(device)) {
            locked.lock(pages);
        }
    }

    /** Exactly the elements. */
    public MemorySegment elements() {
        return elements;
    }

    /** Bytes from the first element to the end of the room behind the last. */
    public long room() {
        return pages.byteSize() - BEFORE;
    }

    FloatArray floats(int size) {
        return FloatArray.fromSegmentShallow(array(0, (long) size * Float.BYTES));
    }

    ShortArray shorts(int size) {
        return ShortArray.fromSegmentShallow(array(0, (long) size * Short.BYTES));
    }

    /** The array begins {@link TensorTable#FIRST} longs before the elements. */
    LongArray longs(int size) {
        return LongArray.fromSegmentShallow(array(TensorTable.FIRST, (long) size * Long.BYTES));
    }

    /** As {@link #longs}. */
    HalfFloatArray halves(int size) {
        return HalfFloatArray.fromSegmentShallow(
                array(TensorTable.FIRST, (long) size * Short.BYTES));
    }

    private MemorySegment array(int first, long bytes) {
        long header = LongArray.ARRAY_HEADER;
        return pages.asSlice(
                BEFORE - first * (long) Long.BYTES - header, Math.addExact(header, bytes));
    }

    /** Frees it; no plan has an array over it any more. Again, it does nothing. */
    public void close() {
        if (arena.scope().isAlive()) {
            locked.close();
            arena.close();
        }
    }
}
