package io.github.lightning4j.cpu.arithmetic;

/**
 * What the attentions other than Lightning Attention-2 do to tiles of scores and to states, in
 * float32 scratch arrays.
 */
interface Attending {
    /**
     * P[i, j] *= factor · decay[at − i + j] for the whole of P [rows, cols].
     *
     * @param p row stride ldp; columns up to the next multiple of the vector length may change
     */
    void scaleTile(float[] p, int ldp, int rows, int cols, float[] decay, int at, float factor);

    /**
     * A step of the online softmax. With x = scale · P, per row i: m′ = max(m, max_j x_j), f = 2^(m
     * − m′), P = 2^(x − m′), l = f l + Σ_j P_j.
     *
     * @param p P [rows, cols] of row stride ldp; a row's columns up to the next multiple of the
     *     vector length may change
     * @param lower whether row i has columns 0 … i only
     * @param scale c · log₂ e
     * @param m maxima so far, −∞ at first
     * @param l sums so far, 0 at first
     * @param f takes by what earlier sums of each row are to be multiplied
     * @return whether any f is not 1
     */
    boolean softmax(
            float[] p,
            int ldp,
            int rows,
            int cols,
            boolean lower,
            float scale,
            float[] m,
            float[] l,
            float[] f);

    /**
     * A token of the right product: S = keep·S + (fade·S + kᵀ v), o = c q S. See {@code BlockDecay}
     * for why λ comes in two parts.
     *
     * @param s S [d, e] of row stride lds
     * @param q from qAt
     * @param k from qAt too
     * @param v from vAt
     * @param o from vAt too; columns up to the next multiple of the vector length are written
     */
    void step(
            float[] s,
            int lds,
            int d,
            int e,
            float[] q,
            float[] k,
            int qAt,
            float[] v,
            float[] o,
            int vAt,
            float c,
            float fade,
            float keep);
}
