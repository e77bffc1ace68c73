package io.github.lightning4j.tornado.kernels;

/**
 * The powers of each head's λ that kernels need, all with exponents ≥ 0 and taken from the slope in
 * double. Head h begins at h · {@link #STRIDE}:
 *
 * <pre>
 *   [n]                         λ^n, n = 0 … L
 *   [CHUNKS + j]                λ^(j·L), j = 0 … {@link #MAX_SEGMENT_CHUNKS}
 *   [FADE + …] and [KEEP + …]   for each of these:  λ^n S = keep·S + fade·S
 * </pre>
 *
 * <p>Near 1 the power is rounded as fade = λ^n − 1 beside keep = 1, because float(λ^n) repeated
 * over thousands of chunks would drift; elsewhere fade = λ^n and keep = 0.
 */
public final class DecayTable {
    /**
     * The most chunks of a segment. Fewer segments make the scan short, but each is worked on from
     * its first chunk to its last.
     */
    public static final int MAX_SEGMENT_CHUNKS = 32;

    static final int CHUNKS = ChunkTable.CHUNK + 1;
    private static final int POWERS = CHUNKS + MAX_SEGMENT_CHUNKS + 1;
    public static final int FADE = POWERS;
    public static final int KEEP = 2 * POWERS;

    /** Floats for a head. */
    public static final int STRIDE = 3 * POWERS;

    private DecayTable() {}

    /** The table of heads with these slopes. */
    public static float[] of(float[] slopes) {
        float[] table = new float[slopes.length * STRIDE];
        for (int h = 0; h < slopes.length; h++) {
            for (int i = 0; i < POWERS; i++) {
                int n = i < CHUNKS ? i : (i - CHUNKS) * ChunkTable.CHUNK;
                double exponent = -(double) slopes[h] * n;
                double power = Math.exp(exponent);
                boolean near1 = power > 0.5;
                int at = h * STRIDE + i;
                table[at] = (float) power;
                table[at + FADE] = (float) (near1 ? Math.expm1(exponent) : power);
                table[at + KEEP] = near1 ? 1 : 0;
            }
        }
        return table;
    }
}
