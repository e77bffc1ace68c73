package io.github.lightning4j.models.layers;

/**
 * Rotary position embedding (Su et al., 2021): elements i and i + R/2 of the first R of a head are
 * turned by position · θ^(−2i/R); the others stay. Angles are in double, so that far positions are
 * exact too.
 */
public final class Rope implements PositionEncoding {
    private final Compute compute;
    private final int dim;
    private final double[] frequencies;

    /**
     * For heads of one dimension.
     *
     * @param compute what it is computed with
     * @param dim D
     * @param rotaryDim R, even, at most D
     * @param theta θ &gt; 0
     * @throws IllegalArgumentException if R or θ is out of range
     */
    public Rope(Compute compute, int dim, int rotaryDim, double theta) {
        if (rotaryDim < 0 || rotaryDim > dim || rotaryDim % 2 != 0) {
            throw new IllegalArgumentException(
                    "rotary dim is " + rotaryDim + "; it must be even and 0 ... " + dim);
        }
        if (!(theta > 0) || theta == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException("theta is " + theta + "; it must be above 0");
        }
        this.compute = compute;
        this.dim = dim;
        frequencies = new double[rotaryDim / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = Math.pow(theta, -2.0 * i / rotaryDim);
        }
    }

    @Override
    public Activations encode(Activations x, long[] positions) {
        compute.forRows(
                x.rows(),
                x.width(),
                (from, to) -> {
                    float[] cos = new float[frequencies.length];
                    float[] sin = new float[frequencies.length];
                    for (int row = from; row < to; row++) {
                        for (int i = 0; i < cos.length; i++) {
                            double angle = positions[row] * frequencies[i];
                            cos[i] = (float) Math.cos(angle);
                            sin[i] = (float) Math.sin(angle);
                        }
                        int end = (row + 1) * x.width();
                        for (int at = row * x.width(); at < end; at += dim) {
                            turn(x.values(), at, cos, sin);
                        }
                    }
                });
        return x;
    }

    private static void turn(float[] x, int at, float[] cos, float[] sin) {
        int half = cos.length;
        for (int i = at; i < at + half; i++) {
            float a = x[i];
            float b = x[i + half];
            x[i] = a * cos[i - at] - b * sin[i - at];
            x[i + half] = b * cos[i - at] + a * sin[i - at];
        }
    }

    @Override
    public int dim(int headDim) {
        return headDim;
    }
}
