package io.github.lightning4j.cpu.passes;

/** Scratch for one thread working on one tile of queries. Contents are undefined between tiles. */
final class TileWorkspace {
    /** Q, K, Kᵀ, V, P and O of a tile. */
    final Workspace block;

    /** The rows of the tile; those of its keys are the block's. */
    final Rows queries = new Rows();

    /** Softmax: the largest exponent of each row so far. */
    final float[] most;

    /** Softmax: the sum of each row so far. */
    final float[] sum;

    /** A factor for each row of O. */
    final float[] factor;

    /** Left product: λ^t at {@code 2L − 2 − t}, for pairs t farther apart than the nearest. */
    final float[] far;

    private double slope = Double.NaN;

    TileWorkspace(Blocking blocking) {
        block = new Workspace(blocking);
        most = new float[blocking.rows()];
        sum = new float[blocking.rows()];
        factor = new float[blocking.rows()];
        far = new float[2 * blocking.rows() - 1];
    }

    /** Sets the slope of the head. */
    void prepareFar(double slope) {
        if (slope != this.slope) {
            this.slope = slope;
            for (int t = 0; t < far.length; t++) {
                far[far.length - 1 - t] = normal(Math.exp(-slope * t));
            }
        }
    }

    /** A float that is not denormal, because processors are slow with those. */
    static float normal(double x) {
        return Math.abs(x) < Float.MIN_NORMAL ? 0 : (float) x;
    }
}
