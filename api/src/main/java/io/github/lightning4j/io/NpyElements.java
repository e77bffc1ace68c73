package io.github.lightning4j.io;

import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Brings the elements of a {@code .npy} file that are big-endian, or whose first axis is the
 * contiguous one, into the order of a {@link Tensor}.
 */
final class NpyElements {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private NpyElements() {}

    /**
     * Copies all elements.
     *
     * @param from as many bytes as the tensor has
     * @param isBigEndian whether the bytes of each element must be turned round
     * @param isFortranOrder whether the first axis is contiguous there, not the last
     * @param arena the owner of the copy
     * @return a little-endian row-major tensor
     */
    static Tensor copy(
            MemorySegment from,
            DType dtype,
            long[] shape,
            boolean isBigEndian,
            boolean isFortranOrder,
            Arena arena) {
        Tensor copy = Tensor.allocate(arena, dtype, shape);
        long[] extents = isFortranOrder ? shape : new long[] {copy.size()};
        int last = extents.length - 1;
        // Elements from one to the next along each axis, in the file.
        long[] strides = new long[extents.length];
        long stride = 1;
        for (int axis = 0; axis <= last; axis++) {
            strides[axis] = stride;
            stride *= extents[axis];
        }
        long[] index = new long[extents.length];
        long row = 0;
        for (long to = 0; to < copy.size(); to += extents[last]) {
            for (long i = 0; i < extents[last]; i++) {
                copyElement(
                        dtype.bytes(),
                        from,
                        row + i * strides[last],
                        copy.segment(),
                        to + i,
                        isBigEndian);
            }
            row += next(index, extents, strides);
        }
        return copy;
    }

    /** Counts up all axes but the last; returns how far that moves in the file. */
    private static long next(long[] index, long[] extents, long[] strides) {
        long moved = 0;
        for (int axis = index.length - 2; axis >= 0; axis--) {
            index[axis]++;
            moved += strides[axis];
            if (index[axis] < extents[axis]) {
                break;
            }
            moved -= extents[axis] * strides[axis];
            index[axis] = 0;
        }
        return moved;
    }

    private static void copyElement(
            int bytes, MemorySegment from, long i, MemorySegment to, long j, boolean isTurned) {
        switch (bytes) {
            case 2 -> {
                short bits = from.get(SHORT, 2 * i);
                to.set(SHORT, 2 * j, isTurned ? Short.reverseBytes(bits) : bits);
            }
            case 4 -> {
                int bits = from.get(INT, 4 * i);
                to.set(INT, 4 * j, isTurned ? Integer.reverseBytes(bits) : bits);
            }
            default -> {
                long bits = from.get(LONG, 8 * i);
                to.set(LONG, 8 * j, isTurned ? Long.reverseBytes(bits) : bits);
            }
        }
    }
}
