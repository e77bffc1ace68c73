package io.github.lightning4j.cpu.arithmetic;

/** What the attentions other than Lightning Attention-2 do to tiles of scores and to states. */
public interface Attending {
    /** P[i, j] *= factor · decay[at − i + j] for the whole of P. */
    void scaleTile(Matrix p, float[] decay, int at, float factor);

    /**
     * A step of the online softmax. With x = scale · P, per row i: m′ = max(m, max_j x_j), f = 2^(m
     * − m′), P = 2^(x − m′), l = f l + Σ_j P_j.
     *
     * @param p where it is {@link Matrix.Part#LOWER}, row i has columns 0 … i only
     * @param scale c · log₂ e
     * @param m maxima so far, −∞ at first
     * @param l sums so far, 0 at first
     * @param f gets the factor by which earlier sums of each row must be multiplied
     * @return whether any f is not 1
     */
    boolean softmax(Matrix p, float scale, float[] m, float[] l, float[] f);

    /**
     * The right product token by token: for each row, S = keep·S + (fade·S + kᵀ v) and o = c q S. O
     * takes the shape of V.
     */
    void recur(Recurrence recurrence, Matrix s, Matrix q, Matrix k, Matrix v, Matrix o);

    /**
     * The numbers of a head.
     *
     * @param scale c
     * @param fade first part of λ; {@code BlockDecay} says why there are two
     * @param keep second part
     */
    record Recurrence(float scale, float fade, float keep) {}
}
