package io.github.lightning4j.cli.checks;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.Gate;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.ReferenceAttention.Head;
import io.github.lightning4j.reference.ReferenceSoftmax;
import io.github.lightning4j.reference.RelativeError;

import java.util.Locale;

/**
 * Compares rows of softmax attention with the float64 definition: of each sampled head as many,
 * evenly from the first to the last, as its budget of multiply-adds allows.
 *
 * @param problem what was computed
 * @param o its output
 * @param work multiply-adds of the definition
 */
record SoftmaxCheck(Problem problem, Tensor o, double work) {
    private static final int MOST_ROWS = 512;

    /** Checks so many heads, spread evenly. */
    Check sample(int heads) {
        AttentionConfig config = problem.config();
        long streams = (long) problem.sequences() * config.heads();
        RelativeError error = new RelativeError();
        int rows = 0;
        for (int i = 0; i < heads; i++) {
            long stream = heads == 1 ? 0 : i * (streams - 1) / (heads - 1);
            int r = (int) (stream / config.heads());
            int h = (int) (stream % config.heads());
            Head head = Head.of(config, problem.inputs(), r, h);
            double[][] actual =
                    ReferenceAttention.rows(config, problem.inputs(), o, r, h, config.valueDim());
            int n = actual.length;
            double rowWork = n * (config.keyDim() + config.valueDim()) / 2.0;
            int count = (int) Math.clamp(work / heads / Math.max(1, rowWork), 1, MOST_ROWS);
            count = Math.min(count, n);
            double[][] some = new double[count][];
            double[][] expected = new double[count][];
            for (int j = 0; j < count; j++) {
                int row = count == 1 ? n - 1 : (int) ((long) j * (n - 1) / (count - 1));
                some[j] = actual[row];
                expected[j] = ReferenceSoftmax.row(head, row);
            }
            error.add(some, expected);
            rows += count;
        }
        return Check.of(
                "output",
                "float64 reference",
                String.format(Locale.ROOT, "%d of %d heads, %d rows", heads, streams, rows),
                error.value(),
                Gate.of(o.dtype()).output(problem.longest()));
    }
}
