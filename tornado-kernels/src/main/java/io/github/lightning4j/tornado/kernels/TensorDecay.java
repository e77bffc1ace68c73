package io.github.lightning4j.tornado.kernels;

/**
 * The powers of each head's λ that kernels on tensor cores need, all with exponents ≥ 0 and taken
 * from the slope in double. Head h begins at h · {@link #STRIDE}:
 *
 * <pre>
 *   [SCALED + n]   c·λ^n, n = 0 … L, and 0 for n = −L … −1: c·A of the algorithm, by i − j
 *   [PLAIN + n]    λ^n, the same without the scale; 0 where a row is past the end of a short chunk
 *   [FADE + n]     λ^n S = keep·S + fade·S, n = 0 … L; see {@link DecayTable}
 *   [KEEP + n]
 *   [ONE]          1, which no compiler knows
 * </pre>
 */
public final class TensorDecay {
    private static final int CHUNK = ChunkTable.CHUNK;
    private static final int ZONE = 2 * CHUNK + 1;

    public static final int SCALED = CHUNK;
    public static final int PLAIN = ZONE + CHUNK;
    public static final int FADE = 2 * ZONE;
    public static final int KEEP = FADE + CHUNK + 1;
    public static final int ONE = KEEP + CHUNK + 1;

    /** Floats for a head. */
    public static final int STRIDE = ONE + 1;

    private TensorDecay() {}

    /** The table of heads with these slopes, for outputs times {@code scale}. */
    public static float[] of(float[] slopes, double scale) {
        float[] table = new float[slopes.length * STRIDE];
        for (int h = 0; h < slopes.length; h++) {
            int head = h * STRIDE;
            for (int n = 0; n <= CHUNK; n++) {
                double exponent = -(double) slopes[h] * n;
                double power = Math.exp(exponent);
                boolean near1 = power > 0.5;
                table[head + SCALED + n] = (float) (scale * power);
                table[head + PLAIN + n] = (float) power;
                table[head + FADE + n] = (float) (near1 ? Math.expm1(exponent) : power);
                table[head + KEEP + n] = near1 ? 1 : 0;
            }
            table[head + ONE] = 1;
        }
        return table;
    }
}
