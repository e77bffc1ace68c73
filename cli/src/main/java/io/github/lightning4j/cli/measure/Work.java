package io.github.lightning4j.cli.measure;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.cli.checks.Problem;
import io.github.lightning4j.results.Pass;

/**
 * Work that a pass cannot do without, of all heads and sequences.
 *
 * @param operations float operations, a multiply-add counting two
 * @param bytes moved: each tensor read or written once
 * @param tokens of all sequences
 */
public record Work(double operations, double bytes, long tokens) {
    /**
     * Counts the work of one call.
     *
     * <p>Products alone, with blocks of L rows: 4DE a token across blocks and L²(D + E) a block
     * within, the causal half; the gradients have 8DE and L²(3D + 2E). What is above the diagonal
     * is not counted, nor are states that a backward pass computes again, decays, feature maps,
     * exponentials and conversions. Softmax and the left product are one block of N rows and
     * nothing across blocks; the right product is all across.
     *
     * @param pass what the call does
     * @param problem sequences, dimensions and dtype
     * @param blockRows L
     */
    public static Work of(Pass pass, Problem problem, int blockRows) {
        AttentionConfig config = problem.config();
        double d = config.keyDim();
        double e = config.valueDim();
        double h = config.heads();
        int element = problem.inputs().q().dtype().bytes();
        int r = problem.sequences();
        if (pass == Pass.DECODE) {
            return new Work(
                    r * h * 4 * d * e,
                    r * h * (Float.BYTES * d * e + element * (2 * d + 2 * e)),
                    r);
        }
        long tokens = 0;
        double squares = 0;
        double all = 0;
        for (int i = 0; i < r; i++) {
            long n = problem.length(i);
            double rest = n % blockRows;
            tokens += n;
            all += (double) n * n;
            squares += (double) (n - n % blockRows) * blockRows + rest * rest;
        }
        double operations =
                switch (config.algorithm()) {
                    case LIGHTNING_2, LIGHTNING_1 -> 4 * d * e * tokens + (d + e) * squares;
                    case RIGHT_PRODUCT -> 4 * d * e * tokens;
                    case LEFT_PRODUCT, SOFTMAX -> (d + e) * all;
                };
        double elements = (2 * d + 2 * e) * tokens;
        if (pass == Pass.FORWARD_BACKWARD) {
            operations += 8 * d * e * tokens + (3 * d + 2 * e) * squares;
            elements += (4 * d + 3 * e) * tokens;
        }
        return new Work(h * operations, h * elements * element, tokens);
    }
}
