package io.github.lightning4j.tornado.kernels;

/**
 * The powers of each head's λ that kernels on tensor cores need, all with exponents ≥ 0 and taken
 * from the slope in double. Head h begins at h · {@link #STRIDE}:
 *
 * <pre>
 *   [SCALED + n]   c·λ^n, n = 0 … L, and 0 for n = −L … −1: c·A of the algorithm, by i − j
 *   [READ + i]     what token i of a chunk reads the state before it with, i = 0 … L−1
 *   [WRITTEN + m]  what a token is in the state after the chunk with, m = 0 … L−1 tokens before the
 *                  chunk's last; 0 for m = −L … −1, where a row is past the end of a short chunk
 *   [FADE + n]     λ^n S = keep·S + fade·S, n = 0 … L; see {@link DecayTable}
 *   [KEEP + n]
 *   [ONE]          1, which no compiler knows
 *   [REACH]        chunks at the end of a piece that are enough for its state: what is before them
 *                  would be multiplied by less than the smallest float
 * </pre>
 *
 * <p>{@link Direction} has the exponents of the middle two. Forwards the scale c is a factor of
 * what is read, because a state has none; backwards of what is written, because the gradient of a
 * final state, with which it begins, has none either.
 */
public final class TensorDecay {
    private static final int CHUNK = ChunkTable.CHUNK;

    public static final int SCALED = CHUNK;
    public static final int READ = SCALED + CHUNK + 1;
    public static final int WRITTEN = READ + 2 * CHUNK;
    public static final int FADE = WRITTEN + CHUNK;
    public static final int KEEP = FADE + CHUNK + 1;
    public static final int ONE = KEEP + CHUNK + 1;

    public static final int REACH = ONE + 1;

    /** Floats for a head. */
    public static final int STRIDE = REACH + 1;

    /** exp(−104) is below 2^−150, half of the smallest float. */
    private static final double NOTHING = 104;

    /** More chunks than any piece has; exact in a float. */
    private static final int ALL = 1 << 24;

    private TensorDecay() {}

    /**
     * The table of heads with these slopes.
     *
     * @param scale c
     * @param direction through time
     */
    public static float[] of(float[] slopes, double scale, int direction) {
        double read = direction == Direction.FORWARD ? scale : 1;
        double written = direction == Direction.FORWARD ? 1 : scale;
        float[] table = new float[slopes.length * STRIDE];
        for (int h = 0; h < slopes.length; h++) {
            int head = h * STRIDE;
            double slope = slopes[h];
            for (int n = 0; n <= CHUNK; n++) {
                double exponent = -slope * n;
                double power = Math.exp(exponent);
                boolean near1 = power > 0.5;
                table[head + SCALED + n] = (float) (scale * power);
                table[head + FADE + n] = (float) (near1 ? Math.expm1(exponent) : power);
                table[head + KEEP + n] = near1 ? 1 : 0;
            }
            for (int i = 0; i < CHUNK; i++) {
                double reads = Math.exp(-slope * Direction.ofState(i, direction));
                double stays = Math.exp(-slope * Direction.inState(CHUNK, i, direction));
                table[head + READ + i] = (float) (read * reads);
                table[head + WRITTEN + CHUNK - 1 - i] = (float) (written * stays);
            }
            table[head + ONE] = 1;
            // One more, because the last may be short.
            table[head + REACH] = (float) Math.min(ALL, Math.ceil(NOTHING / slope / CHUNK) + 1);
        }
        return table;
    }

    /** λ to the power of a piece's tokens. */
    public static float over(float slope, long tokens) {
        return (float) Math.exp(-(double) slope * tokens);
    }
}
