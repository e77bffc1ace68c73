package io.github.lightning4j.models.layers;

/**
 * Linearized relative positional encoding of TransNormerLLM (Qin et al., 2023): x becomes x ⊙
 * cos(position · θ) and x ⊙ sin(position · θ), one behind the other, so heads are twice as wide. θ
 * is learned, one for each element of each head.
 */
public final class Lrpe implements PositionEncoding {
    private final Compute compute;
    private final int dim;
    private final float[] theta;

    /**
     * Takes θ.
     *
     * @param compute what it is computed with
     * @param weights where θ is, [H, 1, D]
     * @param name its name there
     * @param heads H
     * @param dim D
     */
    public Lrpe(Compute compute, Weights weights, String name, int heads, int dim) {
        this.compute = compute;
        this.dim = dim;
        theta = weights.take(name, heads, 1, dim).toFloatArray();
    }

    @Override
    public Activations encode(Activations x, long[] positions) {
        Activations y = compute.rows(x.rows(), 2 * x.width());
        compute.forRows(
                x.rows(),
                x.width(),
                (from, to) -> {
                    for (int row = from; row < to; row++) {
                        encode(x, y, row, positions[row]);
                    }
                });
        compute.recycle(x);
        return y;
    }

    private void encode(Activations x, Activations y, int row, long position) {
        for (int i = 0; i < x.width(); i++) {
            double angle = position * (double) theta[i];
            float value = x.values()[row * x.width() + i];
            int at = 2 * (row * x.width() + i - i % dim) + i % dim;
            y.values()[at] = (float) (value * Math.cos(angle));
            y.values()[at + dim] = (float) (value * Math.sin(angle));
        }
    }

    @Override
    public int dim(int headDim) {
        return 2 * headDim;
    }
}
