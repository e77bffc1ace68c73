package io.github.lightning4j;

import java.util.Arrays;
import java.util.Locale;

/** Extents of dense row-major arrays, and where their elements are. Stateless. */
final class Shapes {
    private Shapes() {}

    /** The bytes of a dtype's elements; see {@link Tensor#byteSize}. */
    static long byteSize(DType dtype, long[] shape) {
        long bytes = dtype.bytes();
        boolean empty = false;
        for (long extent : shape) {
            if (extent < 0) {
                throw new IllegalArgumentException(
                        "shape " + Arrays.toString(shape) + " has a negative extent");
            }
            empty |= extent == 0;
        }
        if (empty) {
            return 0;
        }
        for (long extent : shape) {
            long high = Math.multiplyHigh(bytes, extent);
            bytes *= extent;
            if (high != 0 || bytes < 0) {
                throw new IllegalArgumentException(
                        String.format(
                                Locale.ROOT,
                                "shape %s of %s overflows 2^63 bytes",
                                Arrays.toString(shape),
                                dtype));
            }
        }
        return bytes;
    }

    /** Checks that memory is as large as a shape needs. */
    static void checkSize(DType dtype, long[] shape, long size) {
        long bytes = byteSize(dtype, shape);
        if (size != bytes) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "memory has %d bytes; a tensor %s%s needs %d",
                            size,
                            dtype,
                            Arrays.toString(shape),
                            bytes));
        }
    }

    /** The row-major position of an element. */
    static long position(long[] shape, long[] place) {
        if (place.length != shape.length) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "place is %s; in shape %s it must have %d indices",
                            Arrays.toString(place),
                            Arrays.toString(shape),
                            shape.length));
        }
        long position = 0;
        for (int axis = 0; axis < place.length; axis++) {
            Arguments.index("index of axis " + axis, place[axis], shape[axis]);
            position = position * shape[axis] + place[axis];
        }
        return position;
    }

    /** The elements at one index of an axis: the product of the axes after it. */
    static long stride(long[] shape, int axis) {
        long stride = 1;
        for (int after = axis + 1; after < shape.length; after++) {
            stride *= shape[after];
        }
        return stride;
    }

    /** The same extents except for one. */
    static long[] with(long[] shape, int axis, long extent) {
        long[] changed = shape.clone();
        changed[axis] = extent;
        return changed;
    }

    /** Checks that an axis has a part and that the elements of the part lie together. */
    static void checkSlice(long[] shape, int axis, long from, long to) {
        if (from < 0 || from > to || to > shape[axis]) {
            throw new IndexOutOfBoundsException(
                    String.format(
                            Locale.ROOT,
                            "slice is %d ... %d of axis %d; in shape %s it must lie in 0 ... %d",
                            from,
                            to,
                            axis,
                            Arrays.toString(shape),
                            shape[axis]));
        }
        for (int before = 0; before < axis; before++) {
            if (shape[before] != 1) {
                throw new IllegalArgumentException(
                        String.format(
                                Locale.ROOT,
                                "axis is %d; a part of it in shape %s does not lie together,"
                                        + " because axis %d has %d: copy it with copyFrom(source,"
                                        + " axis, from)",
                                axis,
                                Arrays.toString(shape),
                                before,
                                shape[before]));
            }
        }
    }

    /**
     * Whether {@code whole} has a part of the shape {@code part} that begins at an index of an
     * axis.
     */
    static boolean isPart(long[] part, long[] whole, int axis, long from) {
        return part.length == whole.length
                && Arrays.equals(part, with(whole, axis, part[axis]))
                && from >= 0
                && from <= whole[axis] - part[axis];
    }
}
