package io.github.lightning4j;

import io.github.lightning4j.spi.TensorMemory;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.LongFunction;

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

    /**
     * Allocates the memory of a tensor.
     *
     * @param memory allocates bytes
     * @throws IllegalArgumentException if an extent is negative or the size overflows
     * @throws InsufficientMemoryException if there is no memory for it
     */
    static MemorySegment allocate(DType dtype, long[] shape, LongFunction<MemorySegment> memory) {
        long bytes = byteSize(dtype, shape);
        try {
            return memory.apply(bytes);
        } catch (OutOfMemoryError e) {
            if (InsufficientMemoryException.isOffHeap(e)) {
                throw InsufficientMemoryException.of(dtype + Arrays.toString(shape), bytes, e);
            }
            throw e;
        }
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

    /** Checks that an axis has a part. */
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
    }

    /**
     * Where a part of an axis is.
     *
     * @param memory where the whole is
     */
    static TensorMemory part(
            DType dtype, long[] shape, TensorMemory memory, int axis, long from, long count) {
        long stride = stride(shape, axis);
        long whole = shape[axis] * stride;
        long part = count * stride;
        long size = byteSize(dtype, shape) / dtype.bytes();
        long run = memory.isContiguous() ? whole : memory.run();
        long apart = memory.isContiguous() ? whole : memory.stride();
        if (part == 0 || size == 0) {
            return TensorMemory.of(memory.segment().asSlice(0, 0));
        }
        if (count == shape[axis]) {
            return memory;
        }
        if (whole == run) {
            return runs(dtype, memory, from * stride, size / run, part, apart);
        }
        if (whole == size && stride % run == 0) {
            return runs(dtype, memory, from * stride / run * apart, part / run, run, apart);
        }
        throw new IllegalArgumentException(
                String.format(
                        Locale.ROOT,
                        "axis is %d; a part of it in %s%s would have gaps of two kinds, because"
                                + " that is a part of another axis: copy one of them with"
                                + " copyFrom(source, axis, from)",
                        axis,
                        dtype,
                        Arrays.toString(shape)));
    }

    private static TensorMemory runs(
            DType dtype, TensorMemory memory, long first, long runs, long run, long apart) {
        long bytes = dtype.bytes();
        long span = (runs - 1) * apart + run;
        MemorySegment segment = memory.segment().asSlice(first * bytes, span * bytes);
        return runs == 1 ? TensorMemory.of(segment) : new TensorMemory(segment, run, apart);
    }

    /** Checks that runs are still everything behind one index of some axis. */
    static void checkRuns(Object tensor, long[] shape, TensorMemory memory) {
        long behind = 1;
        for (int axis = shape.length - 1; axis >= 0 && behind < memory.run(); axis--) {
            behind *= shape[axis];
        }
        if (!memory.isContiguous() && behind != memory.run()) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "shape is %s; in %s there are gaps after every %d elements, which must"
                                    + " be all of the last axes: copy it with copyFrom(source)",
                            Arrays.toString(shape),
                            tensor,
                            memory.run()));
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
