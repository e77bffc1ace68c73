package io.github.lightning4j.models.layers;

import java.util.Arrays;

/**
 * A sparse mixture of experts: of p = softmax(W x) over all experts the k largest, divided by their
 * sum, weigh the k {@link Mlp}s that are theirs. Each expert computes all its tokens together, and
 * their results are added in the order of the experts, so a token's result does not depend on who
 * is beside it. Immutable.
 */
public final class SparseMoe implements FeedForward {
    private final Compute compute;
    private final Projection router;
    private final Mlp[] experts;
    private final int chosen;

    /** The experts of some tokens, [n, k], and what they weigh. */
    @SuppressWarnings("ArrayRecordComponent") // of one call, never compared
    record Choice(int[][] experts, float[][] weights) {}

    /**
     * Takes its weights.
     *
     * @param compute what it is computed with
     * @param weights {@code gate.weight}, {@code experts.e.w1.weight} and so on
     * @param hidden features of a token
     * @param inner rows of an expert's W₁ and W₃
     * @param experts E
     * @param chosen k, 1 … E
     * @throws IllegalArgumentException if k is out of range
     */
    public SparseMoe(
            Compute compute, Weights weights, int hidden, int inner, int experts, int chosen) {
        if (chosen < 1 || chosen > experts) {
            throw new IllegalArgumentException(
                    "experts of a token are " + chosen + "; they must be 1 ... " + experts);
        }
        this.compute = compute;
        this.chosen = chosen;
        router = new Projection(compute, weights, "gate.weight", experts, hidden);
        this.experts = new Mlp[experts];
        Arrays.setAll(
                this.experts,
                e -> new Mlp(compute, weights.at("experts." + e + "."), hidden, inner));
    }

    @Override
    public Activations apply(Activations x) {
        Choice choice = choose(x);
        Activations y = compute.rows(x.rows(), x.width());
        Arrays.fill(y.values(), 0);
        for (int e = 0; e < experts.length; e++) {
            int[] rows = new int[x.rows()];
            float[] shares = new float[x.rows()];
            int count = 0;
            for (int row = 0; row < x.rows(); row++) {
                for (int i = 0; i < chosen; i++) {
                    if (choice.experts()[row][i] == e) {
                        rows[count] = row;
                        shares[count++] = choice.weights()[row][i];
                    }
                }
            }
            if (count > 0) {
                Activations picked = compute.pick(x, rows, count);
                Activations result = experts[e].apply(picked);
                addRows(result, rows, shares, y);
                compute.recycle(picked, result);
            }
        }
        return y;
    }

    private void addRows(Activations from, int[] rows, float[] shares, Activations to) {
        int width = to.width();
        compute.forRows(
                from.rows(),
                width,
                (begin, end) -> {
                    for (int i = begin; i < end; i++) {
                        int at = rows[i] * width;
                        int source = i * width;
                        for (int j = 0; j < width; j++) {
                            to.values()[at + j] += shares[i] * from.values()[source + j];
                        }
                    }
                });
    }

    /** Of equal probabilities the first expert's counts as the larger. */
    Choice choose(Activations x) {
        Activations scores = router.apply(x);
        int[][] which = new int[x.rows()][chosen];
        float[][] weights = new float[x.rows()][chosen];
        for (int row = 0; row < x.rows(); row++) {
            float[] left =
                    Arrays.copyOfRange(
                            scores.values(), row * experts.length, (row + 1) * experts.length);
            double[] powers = new double[chosen];
            double sum = 0;
            for (int i = 0; i < chosen; i++) {
                int best = 0;
                for (int e = 1; e < left.length; e++) {
                    best = left[e] > left[best] ? e : best;
                }
                which[row][i] = best;
                // The softmax's own sum cancels where the chosen ones are divided by theirs.
                powers[i] = Math.exp(left[best] - (double) scores(scores, row, which[row][0]));
                sum += powers[i];
                left[best] = Float.NEGATIVE_INFINITY;
            }
            for (int i = 0; i < chosen; i++) {
                weights[row][i] = (float) (powers[i] / sum);
            }
        }
        return new Choice(which, weights);
    }

    private static float scores(Activations scores, int row, int expert) {
        return scores.values()[row * scores.width() + expert];
    }
}
