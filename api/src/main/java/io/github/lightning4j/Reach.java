package io.github.lightning4j;

import java.util.Arrays;

/**
 * How far a head looks back: after how many tokens what a token has left in the state is nothing.
 *
 * <p>A token that is n tokens old has the weight λ^n = exp(−s·n) in the state. Rounded to binary32
 * that is 0 from exp(−s·n) ≤ 2^−150 on, half the smallest number there is, which means n ≥ 104/s,
 * rounded: 150 ln 2 = 103.97. For a slope of 1/2 these are 208 tokens, for 1/256 they are 26,617,
 * and without decay no number of tokens is enough. The state is binary32 on every device, whatever
 * the dtype of q, k and v, so {@link DType#F32} is what decides whether tokens can be left out.
 *
 * <p>What is left out is at most e^−104, or 7e−46, of the largest product of a key and a value. It
 * shows only where all tokens within reach are smaller than the older ones by about as much, or
 * where older ones are not finite: NaN and infinity would have stayed in the state for ever.
 *
 * <p>Stateless.
 */
public final class Reach {
    private Reach() {}

    /**
     * After how many tokens a weight is 0.
     *
     * @param slope s ≥ 0
     * @param dtype what the weight is rounded to: F64, F32, F16 or BF16
     * @return the smallest n for which λ^n is 0 in that dtype; {@link Long#MAX_VALUE} where there
     *     is none
     * @throws IllegalArgumentException if the slope is negative or not finite, or the dtype has no
     *     fractions
     */
    public static long tokens(double slope, DType dtype) {
        if (!(slope >= 0) || Double.isInfinite(slope)) {
            throw new IllegalArgumentException(
                    "slope is " + slope + "; it must be >= 0 and finite");
        }
        // A double holds neither 2^−1075 nor the slope's power at that place, but their logarithms.
        double n = Math.ceil(-halfTheSmallest(dtype) * Math.log(2) / slope);
        return n >= Long.MAX_VALUE ? Long.MAX_VALUE : (long) n;
    }

    /**
     * The same for each head of a configuration.
     *
     * @param config the configuration
     * @param dtype what weights are rounded to
     * @return a new array [H]
     */
    public static long[] of(AttentionConfig config, DType dtype) {
        float[] slopes = config.slopes();
        long[] reach = new long[slopes.length];
        Arrays.setAll(reach, h -> tokens(slopes[h], dtype));
        return reach;
    }

    /** The exponent of 2 of the largest power that is rounded to 0; a tie goes to the even 0. */
    private static int halfTheSmallest(DType dtype) {
        return switch (dtype) {
            case F64 -> -1075;
            case F32 -> -150;
            case F16 -> -25;
            case BF16 -> -134;
            case I64, I32 ->
                    throw new IllegalArgumentException(
                            "dtype is " + dtype + "; it must be F64, F32, F16 or BF16");
        };
    }
}
