package io.github.lightning4j.models.arithmetic;

import io.github.lightning4j.DType;

import java.lang.foreign.MemorySegment;

/** Arithmetic on rows of floats. Stateless and thread-safe. */
public interface Kernels {
    /** Floats that are computed at a time; 1 for plain loops. */
    int lanes();

    /**
     * Has the JVM compile all of this, where it would be very slow until then. Only the first call
     * of a process takes time.
     *
     * @param weights memory of the kind that weights will be in, such as a mapped file: code for
     *     more than one kind is half as fast
     */
    void warmUp(MemorySegment weights);

    /**
     * Widens weights to floats, exactly.
     *
     * @param weights F32, F16 or BF16
     * @param dtype theirs
     * @param from the first, in elements
     * @param to where the floats go, from {@code at} on
     * @param at the first place
     * @param n how many
     */
    void widen(MemorySegment weights, DType dtype, long from, float[] to, int at, int n);

    /**
     * C = A Bᵀ or C += A Bᵀ, where rows of all three are adjacent floats. Each element is one sum
     * in an order that depends on {@code length} alone, so the same rows give the same bits
     * whatever rows are beside them.
     *
     * @param a [n, length]
     * @param b [m, length]
     * @param c [n, m]
     * @param length how many terms each sum has
     * @param add whether C is added to
     */
    void multiply(Rows a, Rows b, Rows c, int length, boolean add);

    /**
     * The product of a few rows with four rows of weights, which are read where they lie, once for
     * each row of A: the same bits as with weights that were widened before. Nothing is done where
     * {@link #widen} and {@link #multiply} are faster, which depends on the type and on n.
     *
     * @param a [n, length]
     * @param weights F32, F16 or BF16
     * @param dtype theirs
     * @param from the first of the first row, in elements
     * @param stride from a row of weights to the next, in elements
     * @param c [n, 4]
     * @param length how many terms each sum has
     * @param add whether C is added to
     * @return whether it was done
     */
    boolean multiplyFew(
            Rows a,
            MemorySegment weights,
            DType dtype,
            long from,
            int stride,
            Rows c,
            int length,
            boolean add);

    /**
     * Some rows in an array.
     *
     * @param floats the array
     * @param at the first element of the first row
     * @param stride from a row to the next
     * @param count how many rows
     */
    @SuppressWarnings("ArrayRecordComponent") // a view, never compared
    record Rows(float[] floats, int at, int stride, int count) {}

    /**
     * y ← y / (1 + e^−x), which is SiLU where y is x.
     *
     * @param x the gate before its activation
     * @param y what it weighs, another array or the same
     * @param from the first element of both
     * @param to behind the last
     */
    void gate(float[] x, float[] y, int from, int to);
}
