package io.github.lightning4j.cpu.passes;

/**
 * The powers of one head's λ that a block of up to L rows needs, all with exponents ≥ 0 and taken
 * from the slope in double.
 *
 * <p>Reused from head to head by {@link #prepare}. Not thread-safe.
 */
public final class BlockDecay {
    private final int reach;

    /**
     * c · λ^t at {@code reach − t}: the weights of the scores, contiguous along a row, followed by
     * zeros for a vector that begins at the last.
     */
    final float[] scores;

    /** c · λ^(i+1) at i: the weight with which a query's row reads the state before the block. */
    final float[] queries;

    /** λ^t at {@code reach − t}: a key's row i of L rows keeps λ^(L−1−i). */
    final float[] keys;

    private double slope = Double.NaN;
    private double scale = Double.NaN;

    /**
     * For blocks of up to {@code rows} rows.
     *
     * @param rows L
     * @param lanes floats in a vector
     */
    BlockDecay(int rows, int lanes) {
        reach = rows - 1;
        scores = new float[rows + lanes - 1];
        queries = new float[rows];
        keys = new float[rows];
    }

    /** Sets the slope s of the head and the scale c. */
    void prepare(double slope, double scale) {
        if (slope == this.slope && scale == this.scale) {
            return;
        }
        this.slope = slope;
        this.scale = scale;
        for (int t = 0; t <= reach; t++) {
            double power = Math.exp(-slope * t);
            scores[reach - t] = (float) (scale * power);
            keys[reach - t] = (float) power;
            queries[t] = (float) (scale * Math.exp(-slope * (t + 1)));
        }
    }

    /** Where distance 0 stands in {@link #scores} and {@link #keys}. */
    int reach() {
        return reach;
    }

    /** Where the weights of the key rows of a block of L rows begin in {@link #keys}. */
    int keysFrom(int rows) {
        return reach - (rows - 1);
    }

    /**
     * First part of λ^L S = keep·S + fade·S. Near 1 the power is rounded as λ^L − 1 beside keep =
     * 1, because float(λ^L) repeated over thousands of blocks would drift.
     */
    static float fade(double slope, long rows) {
        double power = Math.exp(-slope * rows);
        return (float) (power > 0.5 ? Math.expm1(-slope * rows) : power);
    }

    /** Second part; see {@link #fade}. */
    static float keep(double slope, long rows) {
        return Math.exp(-slope * rows) > 0.5 ? 1 : 0;
    }
}
