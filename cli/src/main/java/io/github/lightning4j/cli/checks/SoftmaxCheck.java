package io.github.lightning4j.cli.checks;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.Gate;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.ReferenceAttention.Head;
import io.github.lightning4j.reference.ReferenceSoftmax;
import io.github.lightning4j.reference.RelativeError;

/**
 * Compares rows of softmax attention with the float64 definition: as many of each sampled head,
 * evenly spread from the first to the last, as the budget of multiply-adds allows.
 *
 * @param o the output
 * @param work multiply-adds of the definition
 */
record SoftmaxCheck(Tensor o, double work) {
    private static final int MOST_ROWS = 512;

    /** Checks a sample of heads. */
    Check of(HeadSample sample) {
        Problem problem = sample.problem();
        AttentionConfig config = problem.config();
        RelativeError error = new RelativeError();
        int rows = 0;
        for (HeadSample.Place place : sample.places()) {
            int r = place.r();
            int h = place.h();
            Head head = Head.of(config, problem.inputs(), r, h);
            double[][] actual =
                    ReferenceAttention.rows(config, problem.inputs(), o, r, h, config.valueDim());
            int n = actual.length;
            double rowWork = n * (config.keyDim() + config.valueDim()) / 2.0;
            int most = (int) Math.clamp(work / sample.count() / Math.max(1, rowWork), 1, MOST_ROWS);
            int count = Math.min(most, n);
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
                sample.inWords() + ", " + rows + " rows",
                error,
                Gate.of(o.dtype()).output(problem.longest()));
    }
}
