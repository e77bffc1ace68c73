package io.github.lightning4j;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.function.LongFunction;

/**
 * A dense row-major array: dtype, shape and a {@link MemorySegment}.
 *
 * <p>What is allocated here is off-heap; {@link #of} takes any segment that all threads may use.
 * The shape and dtype are immutable; the elements are as mutable as the segment. Memory belongs to
 * the {@link Arena} the segment came from and is freed with it; using a tensor after that throws
 * {@link IllegalStateException}. Reading from many threads is safe, writing is the caller's affair.
 * Elements are little-endian and need no alignment, so a tensor may lie anywhere in a mapped file.
 */
public final class Tensor {
    private static final ValueLayout.OfLong I64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt I32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort I16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat F32 =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble F64 =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Cache-line alignment of memory allocated here. */
    private static final long ALIGNMENT = 64;

    private final DType dtype;
    private final long[] shape;
    private final long size;
    private final MemorySegment segment;

    private Tensor(DType dtype, long[] shape, MemorySegment segment) {
        this.dtype = dtype;
        this.shape = shape;
        this.size = segment.byteSize() / dtype.bytes();
        this.segment = segment;
    }

    /**
     * Wraps memory without copying.
     *
     * @param dtype element type
     * @param segment exactly the elements, row-major and little-endian
     * @param shape extents, each ≥ 0; none for a scalar
     * @return a tensor over that memory
     * @throws IllegalArgumentException if the segment's size is not that of the shape
     */
    public static Tensor of(DType dtype, MemorySegment segment, long... shape) {
        long[] extents = shape.clone();
        long bytes = byteSize(dtype, extents);
        if (segment.byteSize() != bytes) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "memory has %d bytes; a tensor %s%s needs %d",
                            segment.byteSize(),
                            dtype,
                            Arrays.toString(extents),
                            bytes));
        }
        return new Tensor(dtype, extents, segment);
    }

    /**
     * Allocates zeros, freed with the arena.
     *
     * @param arena the owner of the memory
     * @param dtype element type
     * @param shape extents, each ≥ 0
     * @return a tensor of zeros, aligned to a cache line
     * @throws IllegalArgumentException if an extent is negative or the size overflows
     * @throws InsufficientMemoryException if there is no memory for it
     */
    public static Tensor allocate(Arena arena, DType dtype, long... shape) {
        return allocate(dtype, shape, bytes -> arena.allocate(bytes, ALIGNMENT));
    }

    private static Tensor allocate(DType dtype, long[] shape, LongFunction<MemorySegment> memory) {
        long[] extents = shape.clone();
        long bytes = byteSize(dtype, extents);
        try {
            return new Tensor(dtype, extents, memory.apply(bytes));
        } catch (OutOfMemoryError e) {
            if (InsufficientMemoryException.isOffHeap(e)) {
                throw InsufficientMemoryException.of(dtype + Arrays.toString(extents), bytes, e);
            }
            throw e;
        }
    }

    /**
     * Allocates zeros that the garbage collector frees.
     *
     * <p>The JVM counts such memory against {@code -XX:MaxDirectMemorySize}, which is {@code -Xmx}
     * where it is not set; memory of an arena it does not count. Where the limit is reached this
     * waits a few seconds for garbage and for what other threads let go of.
     *
     * @param dtype element type
     * @param shape extents, each ≥ 0
     * @return a tensor of zeros
     * @throws IllegalArgumentException if an extent is negative or the size overflows
     * @throws InsufficientMemoryException if there is no memory for it within the limit
     */
    public static Tensor allocate(DType dtype, long... shape) {
        return allocate(dtype, shape, bytes -> CollectedMemory.allocate(bytes, ALIGNMENT));
    }

    /**
     * Copies floats into memory that the garbage collector frees.
     *
     * @param values the elements, row-major
     * @param shape extents whose product is the number of values
     * @return an F32 tensor
     * @throws IllegalArgumentException if the number of values is not that of the shape
     */
    public static Tensor ofFloats(float[] values, long... shape) {
        Tensor tensor = allocate(DType.F32, shape);
        if (tensor.size != values.length) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "there are %d values; shape %s needs %d",
                            values.length,
                            Arrays.toString(shape),
                            tensor.size));
        }
        MemorySegment.copy(values, 0, tensor.segment, F32, 0, values.length);
        return tensor;
    }

    /**
     * Bytes of a tensor.
     *
     * @param dtype element type
     * @param shape extents
     * @return the product, in bytes
     * @throws IllegalArgumentException if an extent is negative or the product passes 2⁶³−1
     */
    public static long byteSize(DType dtype, long... shape) {
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
     * The element type.
     *
     * @return the dtype
     */
    public DType dtype() {
        return dtype;
    }

    /**
     * The extents.
     *
     * @return a new array
     */
    public long[] shape() {
        return shape.clone();
    }

    /**
     * One extent.
     *
     * @param axis 0 … rank−1
     * @return its length
     */
    public long shape(int axis) {
        return shape[axis];
    }

    /**
     * The number of axes.
     *
     * @return the rank
     */
    public int rank() {
        return shape.length;
    }

    /**
     * The number of elements.
     *
     * @return the product of the extents
     */
    public long size() {
        return size;
    }

    /**
     * The memory itself.
     *
     * @return a segment of {@code size() * dtype().bytes()} bytes
     */
    public MemorySegment segment() {
        return segment;
    }

    /**
     * The same elements under another shape.
     *
     * @param newShape extents with the same product
     * @return a tensor over the same memory
     * @throws IllegalArgumentException if the product differs
     */
    public Tensor reshape(long... newShape) {
        return of(dtype, segment, newShape);
    }

    /**
     * The same elements, not writable through the result.
     *
     * @return a tensor over a read-only view
     */
    public Tensor asReadOnly() {
        return new Tensor(dtype, shape, segment.asReadOnly());
    }

    /**
     * An element widened to double.
     *
     * @param index row-major position
     * @return its value; integers beyond 2⁵³ are rounded
     * @throws IndexOutOfBoundsException if there is no such element
     */
    public double getDouble(long index) {
        // The segment's own check comes after index · bytes, which wraps.
        Objects.checkIndex(index, size);
        return switch (dtype) {
            case F64 -> segment.get(F64, index * 8);
            case F32 -> segment.get(F32, index * 4);
            case F16 -> Float.float16ToFloat(segment.get(I16, index * 2));
            case BF16 -> DType.bFloat16ToFloat(segment.get(I16, index * 2));
            case I64 -> segment.get(I64, index * 8);
            case I32 -> segment.get(I32, index * 4);
        };
    }

    /**
     * An integer element.
     *
     * @param index row-major position
     * @return its value
     * @throws IllegalStateException if the dtype is not I64 or I32
     * @throws IndexOutOfBoundsException if there is no such element
     */
    public long getLong(long index) {
        Objects.checkIndex(index, size);
        return switch (dtype) {
            case I64 -> segment.get(I64, index * 8);
            case I32 -> segment.get(I32, index * 4);
            default -> throw new IllegalStateException(dtype + " is not an integer type");
        };
    }

    /**
     * Rounds a value to the dtype and stores it.
     *
     * @param index row-major position
     * @param value to store, rounded to nearest even (through binary32 for the 16-bit types)
     * @throws IndexOutOfBoundsException if there is no such element
     */
    public void setDouble(long index, double value) {
        Objects.checkIndex(index, size);
        switch (dtype) {
            case F64 -> segment.set(F64, index * 8, value);
            case F32 -> segment.set(F32, index * 4, (float) value);
            case F16 -> segment.set(I16, index * 2, Float.floatToFloat16((float) value));
            case BF16 -> segment.set(I16, index * 2, DType.floatToBFloat16((float) value));
            case I64 -> segment.set(I64, index * 8, (long) value);
            case I32 -> segment.set(I32, index * 4, (int) value);
        }
    }

    /**
     * All elements as floats.
     *
     * @return a new array [size]
     * @throws IllegalStateException if there are more than an array can hold
     */
    public float[] toFloatArray() {
        float[] values = new float[arraySize()];
        if (dtype == DType.F32) {
            MemorySegment.copy(segment, F32, 0, values, 0, values.length);
        } else {
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) getDouble(i);
            }
        }
        return values;
    }

    /**
     * All elements as doubles.
     *
     * @return a new array [size]
     * @throws IllegalStateException if there are more than an array can hold
     */
    public double[] toDoubleArray() {
        double[] values = new double[arraySize()];
        Arrays.setAll(values, this::getDouble);
        return values;
    }

    private int arraySize() {
        if (size > Integer.MAX_VALUE - 8) {
            throw new IllegalStateException(this + " is too large for an array");
        }
        return (int) size;
    }

    /** Dtype and shape, such as {@code F32[1, 8, 4096, 128]}. */
    @Override
    public String toString() {
        return dtype + Arrays.toString(shape);
    }
}
