package io.github.lightning4j;

import io.github.lightning4j.spi.TensorMemory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Locale;

/**
 * A row-major array: dtype, shape and a {@link MemorySegment}. Its elements lie together, except in
 * parts of an axis such as those of {@link #slice} and {@link #tokens}, which may have gaps.
 *
 * <p>What is allocated here is off-heap; {@link #of} takes any segment that all threads may use.
 * Shape and dtype are immutable; the elements are as mutable as the segment. Memory belongs to the
 * {@link Arena} the segment came from and is freed with it; using a tensor after that throws {@link
 * IllegalStateException}. Reading from many threads is safe; callers coordinate writing. Elements
 * are little-endian and need no alignment, so a tensor may lie anywhere in a mapped file.
 */
public final class Tensor extends TensorElements {
    /** Cache-line alignment of memory allocated here. */
    static final long ALIGNMENT = 64;

    private Tensor(DType dtype, long[] shape, long size, TensorMemory memory) {
        super(dtype, shape, size, memory);
    }

    private Tensor(DType dtype, long[] shape, MemorySegment segment) {
        this(dtype, shape, segment.byteSize() / dtype.bytes(), TensorMemory.of(segment));
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
        long[] extents = shape.clone();
        return of(
                dtype,
                Shapes.allocate(dtype, extents, bytes -> arena.allocate(bytes, ALIGNMENT)),
                extents);
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
        long[] extents = shape.clone();
        return of(
                dtype,
                Shapes.allocate(
                        dtype, extents, bytes -> CollectedMemory.allocate(bytes, ALIGNMENT)),
                extents);
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
     * The memory itself.
     *
     * @return a segment of {@code size() * dtype().bytes()} bytes
     * @throws IllegalStateException if there are gaps between the elements; {@link #isContiguous}
     *     tells
     */
    public MemorySegment segment() {
        if (!memory.isContiguous()) {
            throw new IllegalStateException(
                    this
                            + " is a part of a tensor, with gaps between its elements; copy it:"
                            + " allocate a tensor of its shape and call copyFrom");
        }
        return memory.segment();
    }

    /**
     * Whether all elements lie together, in the order of their indices. Those of a part of an axis
     * do only where every axis before it has extent 1.
     *
     * @return false if there are gaps
     */
    public boolean isContiguous() {
        return memory.isContiguous();
    }

    /**
     * The same elements under another shape.
     *
     * @param newShape extents with the same product
     * @return a tensor over the same memory
     * @throws IllegalArgumentException if the product differs, or if an axis would go across gaps
     */
    public Tensor reshape(long... newShape) {
        long[] extents = newShape.clone();
        Shapes.checkSize(dtype, extents, size * dtype.bytes());
        Shapes.checkRuns(this, extents, memory);
        return new Tensor(dtype, extents, size, memory);
    }

    /**
     * A part of one axis, over the same memory. It may be used wherever a tensor may, but where
     * there are gaps between its elements there is no {@link #segment}.
     *
     * @param axis 0 … rank−1
     * @param from first index along it
     * @param to end, exclusive
     * @return a tensor that shares its elements with this one
     * @throws IndexOutOfBoundsException if there is no such axis or part
     * @throws IllegalArgumentException if this has gaps along another axis, so that the part would
     *     have gaps of two kinds
     */
    public Tensor slice(int axis, long from, long to) {
        Arguments.index("axis", axis, shape.length);
        Shapes.checkSlice(shape, axis, from, to);
        long[] extents = Shapes.with(shape, axis, to - from);
        long count = Shapes.byteSize(dtype, extents) / dtype.bytes();
        return new Tensor(
                dtype, extents, count, Shapes.part(dtype, shape, memory, axis, from, to - from));
    }

    /**
     * Some of the tokens of all heads, over the same memory: a {@link #slice} of the token axis.
     * The layout is an argument, because a tensor knows how long its axes are, but not what they
     * mean.
     *
     * @param layout which axis the tokens are
     * @param from first token
     * @param to end, exclusive
     * @return a tensor that shares its elements with this one
     * @throws IndexOutOfBoundsException if there are no such tokens
     */
    public Tensor tokens(Layout layout, long from, long to) {
        return slice(layout.tokenAxis(), from, to);
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
        Elements.checkWritable(this, memory);
        Elements.copy(source.dtype, source.memory, 0, dtype, memory, 0, size);
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
        Elements.checkWritable(this, memory);
        long stride = Shapes.stride(shape, axis);
        long run = shape[axis] * stride;
        for (long i = 0; i * run < size; i++) {
            long at = (i * source.shape[axis] + from) * stride;
            Elements.copy(source.dtype, source.memory, at, dtype, memory, i * run, run);
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
        Elements.checkWritable(this, memory);
        if (source.order() == ByteOrder.LITTLE_ENDIAN) {
            copyFrom(ofBuffer(source, shape));
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
        MemorySegment readOnly = memory.segment().asReadOnly();
        TensorMemory same = new TensorMemory(readOnly, memory.run(), memory.stride());
        return new Tensor(dtype, shape, size, same);
    }
}
