package io.github.lightning4j.models.layers;

import java.util.Arrays;

/**
 * w ⊙ x / √(mean(x²) + ε), where the mean is over a whole row or over each of its groups (Zhang and
 * Sennrich, 2019). Sums are in double. Immutable.
 */
public final class RmsNorm {
    private final Compute compute;
    private final float[] weight;
    private final int group;
    private final double epsilon;

    private RmsNorm(Compute compute, float[] weight, int group, double epsilon) {
        this.compute = compute;
        this.weight = weight;
        this.group = group;
        this.epsilon = epsilon;
    }

    /**
     * Over rows, or over the heads of a row with one weight for all of them.
     *
     * @param compute what it is computed with
     * @param weights where w is
     * @param name its name there
     * @param width elements of w
     * @param epsilon ε
     * @return the norm
     */
    public static RmsNorm of(
            Compute compute, Weights weights, String name, int width, double epsilon) {
        return new RmsNorm(compute, weights.vector(name, width), width, epsilon);
    }

    /**
     * Over groups of a row.
     *
     * @param compute what it is computed with
     * @param weights where w is, which has an element for each of a row
     * @param name its name there
     * @param width elements of a row
     * @param groups how many there are in a row; they divide the width
     * @param epsilon ε
     * @return the norm
     * @throws IllegalArgumentException if they do not
     */
    public static RmsNorm ofGroups(
            Compute compute, Weights weights, String name, int width, int groups, double epsilon) {
        if (groups < 1 || width % groups != 0) {
            throw new IllegalArgumentException(
                    "groups is " + groups + "; it must divide the width " + width);
        }
        return new RmsNorm(compute, weights.vector(name, width), width / groups, epsilon);
    }

    /**
     * Over rows, with w = 1.
     *
     * @param compute what it is computed with
     * @param width elements of a row
     * @param epsilon ε
     * @return the norm
     */
    public static RmsNorm ofOnes(Compute compute, int width, double epsilon) {
        float[] ones = new float[width];
        Arrays.fill(ones, 1);
        return new RmsNorm(compute, ones, width, epsilon);
    }

    /**
     * Normalises.
     *
     * @param x rows of any multiple of the group
     * @return the same rows, normalised, new
     * @throws IllegalArgumentException if the rows have another width
     */
    public Activations apply(Activations x) {
        if (x.width() % weight.length != 0) {
            throw new IllegalArgumentException(
                    "x is " + x + "; the norm has " + weight.length + " weights");
        }
        Activations y = compute.rows(x.rows(), x.width());
        compute.forRows(
                x.values().length / group,
                group,
                (from, to) -> {
                    for (int i = from; i < to; i++) {
                        normalise(x.values(), y.values(), i * group);
                    }
                });
        return y;
    }

    private void normalise(float[] x, float[] y, int at) {
        double sum = 0;
        for (int i = at; i < at + group; i++) {
            sum += (double) x[i] * x[i];
        }
        float factor = (float) (1 / Math.sqrt(sum / group + epsilon));
        int w = at % weight.length;
        for (int i = 0; i < group; i++) {
            y[at + i] = x[at + i] * factor * weight[w + i];
        }
    }
}
