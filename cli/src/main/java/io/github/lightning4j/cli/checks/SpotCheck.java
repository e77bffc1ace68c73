package io.github.lightning4j.cli.checks;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.cli.checks.DefinedRows.Place;
import io.github.lightning4j.distributed.Direction;
import io.github.lightning4j.distributed.JobFolder;
import io.github.lightning4j.distributed.JobResults;
import io.github.lightning4j.reference.Gate;
import io.github.lightning4j.reference.RelativeError;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Random rows of the results of a job against the definition in float64, which reaches over all
 * partitions before them, or behind them, that their head still remembers.
 *
 * <p>All rows together take at most a number of multiply-adds, so rows that are too far from the
 * end of their sequence are passed over. Not thread-safe.
 */
public final class SpotCheck {
    private static final long SEED = 20261127;

    /** Multiply-adds of all rows of one tensor: some ten seconds. */
    private static final long MOST_WORK = 1L << 31;

    /** What is tried, for each row that is wanted, before it is given up. */
    private static final int TRIES = 16;

    private final Problem problem;
    private final AttentionConfig config;
    private final JobFolder folder;
    private final JobResults results;
    private final DefinedRows defined;
    private final Random random = new Random(SEED);

    /**
     * Of a job that is done.
     *
     * @param problem its input
     * @param folder its results
     */
    public SpotCheck(Problem problem, JobFolder folder) {
        this.problem = problem;
        this.config = problem.config();
        this.folder = folder;
        results = new JobResults(folder);
        defined = new DefinedRows(problem);
    }

    /** What a row of a tensor must be. */
    private interface Expected {
        double[] of(Place place);
    }

    /** What a row of a tensor is. */
    private interface Actual {
        double[] of(Place place) throws IOException;
    }

    /**
     * Compares some rows of every tensor of the results.
     *
     * @param rows of each; 0: none
     * @throws IOException if results cannot be read
     */
    public List<Check> rows(int rows) throws IOException {
        List<Check> checks = new ArrayList<>();
        if (rows == 0 || problem.longest() == 0) {
            return checks;
        }
        Gate gate = Gate.of(problem.inputs().v().dtype());
        boolean states = folder.job().states();
        if (folder.job().direction() == Direction.FORWARD) {
            checks.add(tokens("o", false, defined::output, gate.output(problem.longest()), rows));
            if (states) {
                checks.add(states("final_state", defined::finalState, gate.state(), rows));
            }
        } else {
            checks.add(tokens("dq", false, defined::queryGradient, gate.gradients(), rows));
            checks.add(tokens("dk", true, defined::keyGradient, gate.gradients(), rows));
            checks.add(tokens("dv", true, defined::valueGradient, gate.gradients(), rows));
            if (states) {
                checks.add(
                        states("dinitial_state", defined::initialGradient, gate.gradients(), rows));
            }
        }
        return checks;
    }

    private Check tokens(String name, boolean behind, Expected expected, double gate, int rows)
            throws IOException {
        return check(
                name,
                rows,
                gate,
                expected,
                place -> row(results.token(name, start(place.r()) + place.row()), place.h()),
                (r, h) -> {
                    long t = random.nextLong(problem.length(r));
                    return new Place(r, h, t);
                },
                place -> behind ? problem.length(place.r()) - place.row() : place.row() + 1);
    }

    private Check states(String name, Expected expected, double gate, int rows) throws IOException {
        return check(
                name,
                rows,
                gate,
                expected,
                place ->
                        row(
                                results.state(place.r()),
                                (long) place.h() * config.keyDim() + place.row()),
                (r, h) -> new Place(r, h, random.nextInt(config.keyDim())),
                place -> problem.length(place.r()));
    }

    /** A random row of a head. */
    private interface Choice {
        Place of(int r, int h);
    }

    /** How many tokens a row depends on. */
    private interface Span {
        long of(Place place);
    }

    private Check check(
            String name,
            int rows,
            double gate,
            Expected expected,
            Actual actual,
            Choice choice,
            Span span)
            throws IOException {
        RelativeError error = new RelativeError();
        long work = 0;
        long farthest = 0;
        int done = 0;
        for (int i = 0; i < rows * TRIES && done < rows; i++) {
            int r = random.nextInt(problem.sequences());
            int h = random.nextInt(config.heads());
            if (problem.length(r) == 0) {
                continue;
            }
            Place place = choice.of(r, h);
            long tokens = Math.min(span.of(place), defined.reach(h));
            long cost = tokens * (config.keyDim() + config.valueDim());
            if (work + cost > MOST_WORK) {
                continue;
            }
            work += cost;
            done++;
            farthest = Math.max(farthest, tokens);
            double[] is = actual.of(place);
            double[] must = expected.of(place);
            for (int e = 0; e < must.length; e++) {
                error.add(is[e], must[e]);
            }
        }
        String sample =
                String.format(Locale.ROOT, "%d rows, of up to %,d tokens each", done, farthest);
        return Check.of(name, sample, error, gate);
    }

    /** A row of a tensor whose rows of one token or state lie together. */
    private static double[] row(Tensor tensor, long row) {
        double[] values = new double[(int) tensor.shape(3)];
        for (int i = 0; i < values.length; i++) {
            values[i] = tensor.getDouble(row * values.length + i);
        }
        return values;
    }

    private long start(int r) {
        return folder.job().plan().start(r);
    }
}
