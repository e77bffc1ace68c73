package io.github.lightning4j.cpu.arithmetic;

import io.github.lightning4j.FeatureMap;

/**
 * The arithmetic under the block loops, on float32 scratch arrays in row-major order.
 *
 * <p>Two implementations: {@link ScalarKernels}, which anyone can read, and {@link VectorKernels},
 * which is fast. Each gives the same bits for the same arguments on every call and thread; the two
 * differ from each other in rounding only. Stateless and thread-safe.
 */
public interface Kernels
        extends Products, Scores, Conversion, Transposition, Attending, RowProducts {
    /** What {@code cpu:} device ids call it. */
    String name();

    /** Floats in a vector; leading dimensions of B and C are multiples of it. */
    int lanes();

    /** x = φ(x) on n elements from {@code at}. */
    void apply(FeatureMap map, float[] x, int at, int n);

    /** gradient = φ′(x) ⊙ gradient on the first n elements. */
    void chain(FeatureMap map, float[] x, int n, float[] gradient);

    /** y_i = weights[at + i] · x_i for rows i of {@code cols} elements; x and y may be the same. */
    void scaleRows(float[] x, int ld, int rows, int cols, float[] weights, int at, float[] y);

    /**
     * P[i, j] *= decay[reach − i + j] for j ≤ i, where decay[reach − t] is the weight of distance
     * t. What lies right of the diagonal may hold anything afterwards.
     *
     * @param decay so much longer than reach that whole vectors can be read up to the diagonal
     */
    void scaleLower(float[] p, int ldp, int rows, float[] decay, int reach);

    /**
     * S = λ^L S + U on elements [from, to), whole vectors: {@code keep·S + (fade·S + U)}. See
     * {@code BlockDecay} for why the power comes in two parts.
     */
    void advance(float[] s, float[] u, int from, int to, float fade, float keep);

    /** As {@link #advance}, leaving the old S in u. */
    void advanceExchanging(float[] s, float[] u, int from, int to, float fade, float keep);
}
