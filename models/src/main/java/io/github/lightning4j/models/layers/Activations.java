package io.github.lightning4j.models.layers;

import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Rows of floats on the Java heap, one for each token: what goes from layer to layer. Tokens of all
 * sequences of a call lie one after another, without padding. Mutable and not thread-safe; whoever
 * made it owns it.
 */
public final class Activations {
    private final float[] values;
    private final int rows;
    private final int width;

    /**
     * Zeros.
     *
     * @param rows tokens
     * @param width features of a token
     * @throws IllegalArgumentException if one is negative or an array cannot hold as many
     */
    public Activations(int rows, int width) {
        this(rows, width, new float[size(rows, width)]);
    }

    /** Rows in an array of exactly their size, with what is in it. */
    Activations(int rows, int width, float[] values) {
        this.rows = rows;
        this.width = width;
        this.values = values;
    }

    /** Elements of some rows. */
    static int size(int rows, int width) {
        long size = (long) rows * width;
        if (rows < 0 || width < 0 || size > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    rows + " rows of " + width + " are too many for an array; pass fewer tokens");
        }
        return (int) size;
    }

    /**
     * Copies rows.
     *
     * @param tensor [n, width] of floating-point numbers
     * @return the same as floats
     */
    public static Activations of(Tensor tensor) {
        int width = Math.toIntExact(tensor.shape(1));
        return new Activations(Math.toIntExact(tensor.shape(0)), width, tensor.toFloatArray());
    }

    /**
     * How many tokens.
     *
     * @return rows
     */
    public int rows() {
        return rows;
    }

    /**
     * Features of a token.
     *
     * @return elements of a row
     */
    public int width() {
        return width;
    }

    /**
     * The elements themselves.
     *
     * @return the array [rows · width], not a copy
     */
    public float[] values() {
        return values;
    }

    /**
     * The same memory as a tensor.
     *
     * @param shape extents whose product is the number of elements
     * @return an F32 tensor over the array
     */
    public Tensor tensor(long... shape) {
        return Tensor.of(DType.F32, MemorySegment.ofArray(values), shape);
    }

    @Override
    public String toString() {
        return "Activations" + Arrays.toString(new int[] {rows, width});
    }
}
