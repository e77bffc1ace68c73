package io.github.lightning4j;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.LongFunction;

/**
 * A dense row-major array: dtype, shape and a {@link MemorySegment}.
 *
 * <p>What is allocated here is off-heap; {@link #of} takes any segment that all threads may use.
 * Shape and dtype are immutable; the elements are as mutable as the segment. Memory belongs to the
 * {@link Arena} the segment came from and is freed with it; using a tensor after that throws {@link
 * IllegalStateException}. Reading from many threads is safe; callers coordinate writing. Elements
 * are little-endian and need no alignment, so a tensor may lie anywhere in a mapped file.
 */
public final class Tensor {
    /** Cache-line alignment of memory allocated here. */
    static final long ALIGNMENT = 64;

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
        Shapes.checkSize(dtype, extents, segment.byteSize());
        return new Tensor(dtype, extents, segment);
    }

    /**
     * Wraps the floats between a buffer's position and limit without copying.
     *
     * @param buffer little-endian, which buffers are only if set so; {@link #copyFrom(FloatBuffer)}
     *     takes both
     * @param shape extents whose product is the number of floats that remain
     * @return an F32 tensor over that memory, read-only where the buffer is
     * @throws IllegalArgumentException if the buffer has another byte order or number of floats
     */
    public static Tensor ofBuffer(FloatBuffer buffer, long... shape) {
        Elements.checkOrder(buffer.order());
        return of(DType.F32, MemorySegment.ofBuffer(buffer), shape);
    }

    /**
     * Wraps the bytes of a buffer, as {@link #ofBuffer(FloatBuffer, long...)} does floats.
     *
     * @param dtype element type
     * @param buffer exactly the elements, set to little-endian
     * @param shape extents
     * @return a tensor over that memory, read-only where the buffer is
     * @throws IllegalArgumentException if the buffer has another byte order or size
     */
    public static Tensor ofBuffer(DType dtype, ByteBuffer buffer, long... shape) {
        Elements.checkOrder(buffer.order());
        return of(dtype, MemorySegment.ofBuffer(buffer), shape);
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

    static Tensor allocate(DType dtype, long[] shape, LongFunction<MemorySegment> memory) {
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
     * where it is not set; it does not count the memory of an arena. Where the limit is reached
     * this method waits a few seconds for garbage and for what other threads let go of.
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
        Arguments.count("values", values.length, tensor, tensor.size);
        tensor.copyFrom(FloatBuffer.wrap(values));
        return tensor;
    }

    /**
     * Bytes of a tensor.
     *
     * @param dtype element type
     * @param shape extents
     * @return the product, in bytes
     * @throws IllegalArgumentException if an extent is negative or the product exceeds 2⁶³−1
     */
    public static long byteSize(DType dtype, long... shape) {
        return Shapes.byteSize(dtype, shape);
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
     * @throws IndexOutOfBoundsException if there is no such axis
     */
    public long shape(int axis) {
        Arguments.index("axis", axis, shape.length);
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
     * A part of one axis, over the same memory. Every axis before that one must have extent 1;
     * {@link #copyFrom(Tensor, int, long)} copies where one does not.
     *
     * @param axis 0 … rank−1
     * @param from first index along it
     * @param to end, exclusive
     * @return a tensor that shares its elements with this one
     * @throws IndexOutOfBoundsException if there is no such axis or part
     * @throws IllegalArgumentException if the elements of the part do not lie together
     */
    public Tensor slice(int axis, long from, long to) {
        Arguments.index("axis", axis, shape.length);
        Shapes.checkSlice(shape, axis, from, to);
        long bytes = Shapes.stride(shape, axis) * dtype.bytes();
        return new Tensor(
                dtype,
                Shapes.with(shape, axis, to - from),
                segment.asSlice(from * bytes, (to - from) * bytes));
    }

    /**
     * Copies all elements of a tensor of this shape, each rounded as by {@link #setDouble} where
     * the dtypes differ.
     *
     * @param source of the same shape, any dtype; must not overlap this
     * @throws IllegalArgumentException if the shape differs or this is read-only
     */
    public void copyFrom(Tensor source) {
        if (!Arrays.equals(shape, source.shape)) {
            throw new IllegalArgumentException(
                    "source is " + source + "; it must have the shape " + Arrays.toString(shape));
        }
        Elements.checkWritable(this, segment);
        Elements.copy(source.dtype, source.segment, 0, dtype, segment, 0, size);
    }

    /**
     * Copies a part of a tensor along one axis, such as some of its tokens, as many as this has.
     *
     * @param source of the same shape except for that axis, any dtype; must not overlap this
     * @param axis 0 … rank−1
     * @param from first index along it in the source
     * @throws IndexOutOfBoundsException if there is no such axis
     * @throws IllegalArgumentException if the source does not have that part or this is read-only
     */
    public void copyFrom(Tensor source, int axis, long from) {
        Arguments.index("axis", axis, shape.length);
        if (!Shapes.isPart(shape, source.shape, axis, from)) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "source is %s; from %d of axis %d on it must have %s",
                            source,
                            from,
                            axis,
                            this));
        }
        Elements.checkWritable(this, segment);
        long stride = Shapes.stride(shape, axis);
        long run = shape[axis] * stride;
        for (long i = 0; i * run < size; i++) {
            long at = (i * source.shape[axis] + from) * stride;
            Elements.copy(source.dtype, source.segment, at, dtype, segment, i * run, run);
        }
    }

    /**
     * Copies the floats between a buffer's position and limit, whatever their byte order.
     *
     * @param source as many floats as there are elements
     * @throws IllegalArgumentException if there are more or fewer, or this is read-only
     */
    public void copyFrom(FloatBuffer source) {
        Arguments.count("floats of the buffer", source.remaining(), this, size);
        Elements.checkWritable(this, segment);
        if (source.order() == ByteOrder.LITTLE_ENDIAN) {
            MemorySegment floats = MemorySegment.ofBuffer(source);
            Elements.copy(DType.F32, floats, 0, dtype, segment, 0, size);
        } else {
            for (int i = 0; i < size; i++) {
                setDouble(i, source.get(source.position() + i));
            }
        }
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
        Arguments.index("index", index, size);
        return Elements.get(dtype, segment, index);
    }

    /**
     * The element at a place, widened to double.
     *
     * @param place one index for each axis, such as b, h, n, d
     * @return its value; integers beyond 2⁵³ are rounded
     * @throws IndexOutOfBoundsException if there is no such element
     * @throws IllegalArgumentException if there are not as many indices as axes
     */
    public double get(long... place) {
        return Elements.get(dtype, segment, Shapes.position(shape, place));
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
        Arguments.index("index", index, size);
        return Elements.getInteger(dtype, segment, index);
    }

    /**
     * Rounds a value to the dtype and stores it.
     *
     * @param index row-major position
     * @param value to store, rounded to nearest even (through binary32 for the 16-bit types)
     * @throws IndexOutOfBoundsException if there is no such element
     */
    public void setDouble(long index, double value) {
        Arguments.index("index", index, size);
        Elements.set(dtype, segment, index, value);
    }

    /**
     * All elements as floats.
     *
     * @return a new array [size]
     * @throws IllegalStateException if there are more than an array can hold
     */
    public float[] toFloatArray() {
        float[] values = new float[arraySize()];
        Elements.toFloats(dtype, segment, values);
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
