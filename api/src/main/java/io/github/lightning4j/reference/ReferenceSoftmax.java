package io.github.lightning4j.reference;

import io.github.lightning4j.reference.ReferenceAttention.Head;

/**
 * Causal softmax attention as defined, in float64 and one row at a time.
 *
 * <p>{@code o_i = Σ_{j≤i} p_j v_j}, where {@code p_j} is {@code exp(c q_i·k_j − m)} divided by the
 * sum of these over the row and m is the largest exponent of the row. Slopes and initial states are
 * ignored. Stateless and thread-safe.
 */
public final class ReferenceSoftmax {
    private ReferenceSoftmax() {}

    /**
     * All rows.
     *
     * @param head one head of one sequence
     * @return o, [N][E]
     */
    public static double[][] rows(Head head) {
        double[][] output = new double[head.v().length][];
        for (int i = 0; i < output.length; i++) {
            output[i] = row(head, i);
        }
        return output;
    }

    /**
     * One row.
     *
     * @param head one head of one sequence
     * @param i 0 … N−1
     * @return o_i, [E]
     */
    public static double[] row(Head head, int i) {
        double[] p = new double[i + 1];
        double m = Double.NEGATIVE_INFINITY;
        for (int j = 0; j <= i; j++) {
            double product = 0;
            for (int d = 0; d < head.q()[i].length; d++) {
                product += head.q()[i][d] * head.k()[j][d];
            }
            p[j] = head.scale() * product;
            m = Math.max(m, p[j]);
        }
        double[] row = new double[head.v()[i].length];
        double sum = 0;
        for (int j = 0; j <= i; j++) {
            p[j] = Math.exp(p[j] - m);
            sum += p[j];
            for (int e = 0; e < row.length; e++) {
                row[e] += p[j] * head.v()[j][e];
            }
        }
        for (int e = 0; e < row.length; e++) {
            row[e] /= sum;
        }
        return row;
    }
}
