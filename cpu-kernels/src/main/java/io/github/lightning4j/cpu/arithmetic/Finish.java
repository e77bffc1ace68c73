package io.github.lightning4j.cpu.arithmetic;

import org.jspecify.annotations.Nullable;

/**
 * What is done to C once the sums of A B are complete, while they are still in registers. Each
 * saves a pass over C.
 */
public sealed class Finish permits Finish.Reusable {
    /** C = A B. */
    public static final Finish SET = new Finish(true, new float[1]);

    /** C += A B. */
    public static final Finish ADD = new Finish(false, new float[] {1});

    private final boolean isSet;
    private float[] weights;
    private int at;
    private float keep;
    private float @Nullable [] before;

    private Finish(boolean isSet, float[] weights) {
        this.isSet = isSet;
        this.weights = weights;
    }

    /** One for every workspace, because a new one for every block would be garbage after it. */
    public static final class Reusable extends Finish {
        private final float[] one = new float[1];

        public Reusable() {
            super(false, new float[1]);
        }

        /** C_i = weights[at + i] C_i + (A B)_i for rows i. */
        public Reusable weigh(float[] weights, int at) {
            super.weights = weights;
            super.at = at;
            super.keep = 0;
            super.before = null;
            return this;
        }

        /**
         * S = λ^L S + U with U = A B and λ^L = keep + fade, as {@link Elements#advance}, bit for
         * bit.
         *
         * @param s the S on the right, laid out like C
         */
        public Reusable advance(float fade, float keep, Matrix s) {
            one[0] = fade;
            super.weights = one;
            super.at = 0;
            super.keep = keep;
            super.before = s.floats();
            return this;
        }
    }

    /**
     * Whether C = A B; otherwise C_i = keep·B_i + (w_i B_i + (A B)_i), where B is what C held
     * before.
     */
    final boolean isSet() {
        return isSet;
    }

    /** The weights w of the rows, from {@link #at}; rows beyond the last take the last. */
    final float[] weights() {
        return weights;
    }

    /** Where the weight of row 0 is. */
    final int at() {
        return at;
    }

    /** 0 or 1. */
    final float keep() {
        return keep;
    }

    /** What C held before, if C is {@code c}. */
    final float[] before(float[] c) {
        return before == null ? c : before;
    }

    /** What an element of row i becomes, from its value before and its sum. */
    final float of(int i, float c, float sum) {
        float weight = weights[Math.min(at + i, weights.length - 1)];
        return isSet ? sum : keep * c + (weight * c + sum);
    }
}
