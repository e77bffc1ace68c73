package io.github.lightning4j;

import io.github.lightning4j.spi.TensorMemory;

import java.util.Arrays;

/** What a tensor consists of, and its elements one by one. */
abstract class TensorElements {
    final DType dtype;
    final long[] shape;
    final long size;
    final TensorMemory memory;

    TensorElements(DType dtype, long[] shape, long size, TensorMemory memory) {
        this.dtype = dtype;
        this.shape = shape;
        this.size = size;
        this.memory = memory;
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
     * Where the elements are, as a backend gets it.
     *
     * @return the memory, with the gaps if there are any
     */
    public TensorMemory memory() {
        return memory;
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
        return Elements.get(dtype, memory.segment(), memory.at(index));
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
        return getDouble(Shapes.position(shape, place));
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
        return Elements.getInteger(dtype, memory.segment(), memory.at(index));
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
        Elements.set(dtype, memory.segment(), memory.at(index), value);
    }

    /**
     * All elements as floats.
     *
     * @return a new array [size]
     * @throws IllegalStateException if there are more than an array can hold
     */
    public float[] toFloatArray() {
        float[] values = new float[arraySize()];
        Elements.toFloats(dtype, memory, values);
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
