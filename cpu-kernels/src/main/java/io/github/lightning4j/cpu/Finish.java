package io.github.lightning4j.cpu;

import org.jspecify.annotations.Nullable;

/**
 * What C becomes once the sums of A B are complete, while they are still in registers: a pass over
 * C saved for each.
 */
final class Finish {
    /** C = A B. */
    static final Finish SET = new Finish(true, new float[1], 0, 0, null);

    /** C += A B. */
    static final Finish ADD = scaleRows(new float[] {1}, 0);

    /** Whether C = A B; otherwise C_i = keep·B_i + (w_i B_i + (A B)_i), B what there was. */
    final boolean isSet;

    /** w of all rows from {@link #at}; past the last, all are like it. */
    final float[] weights;

    /** Where the weight of row 0 is. */
    final int at;

    /** 0 or 1. */
    final float keep;

    private final float @Nullable [] before;

    private Finish(boolean isSet, float[] weights, int at, float keep, float @Nullable [] before) {
        this.isSet = isSet;
        this.weights = weights;
        this.at = at;
        this.keep = keep;
        this.before = before;
    }

    /** C_i = weights[at + i] C_i + (A B)_i for rows i. */
    static Finish scaleRows(float[] weights, int at) {
        return new Finish(false, weights, at, 0, null);
    }

    /**
     * S = λ^L S + U with U = A B, as {@link Kernels#advanceExchanging}, bit for bit.
     *
     * @param s the S on the right, laid out like C
     */
    static Finish advance(float fade, float keep, float[] s) {
        return new Finish(false, new float[] {fade}, 0, keep, s);
    }

    /** What there was, where C is {@code c}. */
    float[] before(float[] c) {
        return before == null ? c : before;
    }

    /** What an element of row i becomes, from what there was and its sum. */
    float of(int i, float c, float sum) {
        float weight = weights[Math.min(at + i, weights.length - 1)];
        return isSet ? sum : keep * c + (weight * c + sum);
    }
}
