package io.github.lightning4j.models.layers;

import io.github.lightning4j.models.arithmetic.Kernels;
import io.github.lightning4j.models.arithmetic.Kernels.Rows;

import java.util.Arrays;

/**
 * Some tokens of one sequence, the query heads of one key-value head: they pass over the cache page
 * by page, with the maximum and the sum of the exponentials so far (Milakov and Gimelshein, 2018).
 */
final class SoftmaxTile {
    private static final int PAGE = KeyValueCache.PAGE;

    private final Kernels kernels;
    private final KeyValueCache cache;
    private final int head;
    private final int tokens;
    private final int group;
    private final int dim;
    private final float[] q;
    private final float[] scores;
    private final float[] sums;
    private final float[] most;
    private final double[] total;

    SoftmaxTile(AroundSoftmax layer, KeyValueCache cache, int head, int tokens) {
        this.kernels = layer.compute().kernels();
        this.cache = cache;
        this.head = head;
        this.tokens = tokens;
        group = layer.heads() / layer.keyValueHeads();
        dim = layer.dim();
        int rows = tokens * group;
        q = new float[rows * dim];
        scores = new float[rows * PAGE];
        sums = new float[rows * dim];
        most = new float[rows];
        total = new double[rows];
        Arrays.fill(most, Float.NEGATIVE_INFINITY);
    }

    /**
     * Attends.
     *
     * @param queries [N, H · D]
     * @param o [N, H · D], written
     * @param row of the first token
     * @param first its position in the sequence
     */
    void attend(Activations queries, Activations o, int row, int first) {
        float scale = (float) (1 / Math.sqrt(dim));
        for (int i = 0; i < tokens; i++) {
            int from = (row + i) * queries.width() + head * group * dim;
            int to = i * group * dim;
            for (int j = 0; j < group * dim; j++) {
                q[to + j] = queries.values()[from + j] * scale;
            }
        }
        int end = first + tokens;
        for (int begin = 0; begin < end; begin += PAGE) {
            page(begin, Math.min(PAGE, end - begin), first);
        }
        for (int i = 0; i < tokens; i++) {
            int to = (row + i) * o.width() + head * group * dim;
            for (int j = 0; j < group * dim; j++) {
                int at = i * group * dim + j;
                o.values()[to + j] = (float) (sums[at] / total[at / dim]);
            }
        }
    }

    /** The page whose first token is at {@code begin}; {@code count} of its tokens are seen. */
    private void page(int begin, int count, int first) {
        int rows = tokens * group;
        Rows p = new Rows(scores, 0, PAGE, rows);
        float[] keys = cache.keys(begin / PAGE);
        float[] values = cache.values(begin / PAGE);
        kernels.multiply(
                new Rows(q, 0, dim, rows),
                new Rows(keys, head * PAGE * dim, dim, count),
                p,
                dim,
                false);
        for (int i = 0; i < rows; i++) {
            int seen = Math.clamp((long) first + i / group + 1 - begin, 0, count);
            weigh(i, seen, count);
        }
        kernels.multiply(
                p,
                new Rows(values, head * dim * PAGE, PAGE, dim),
                new Rows(sums, 0, dim, rows),
                count,
                true);
    }

    /** Scores become weights relative to the largest score so far; what is not seen weighs 0. */
    private void weigh(int row, int seen, int count) {
        int at = row * PAGE;
        float max = most[row];
        for (int j = at; j < at + seen; j++) {
            max = Math.max(max, scores[j]);
        }
        if (max > most[row]) {
            double factor = Math.exp((double) most[row] - max);
            total[row] *= factor;
            for (int d = row * dim; d < (row + 1) * dim; d++) {
                sums[d] *= (float) factor;
            }
            most[row] = max;
        }
        double sum = 0;
        for (int j = at; j < at + seen; j++) {
            scores[j] = (float) Math.exp((double) scores[j] - max);
            sum += scores[j];
        }
        total[row] += sum;
        Arrays.fill(scores, at + seen, at + count, 0);
    }
}
