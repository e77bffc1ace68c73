package io.github.lightning4j.cli.checks;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.Layout;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Tensor;

import org.jspecify.annotations.Nullable;

/**
 * Single rows of results in float64, from the tokens before them, or behind them, that their head
 * still remembers: o_t = c · Σ_j λ^(t−j) (q_t·k_j) v_j over j ≤ t, and the gradients accordingly.
 * No state is computed on the way. Immutable.
 */
final class DefinedRows {
    /** A state decayed by e to the power of this is nothing, in double. */
    private static final double FORGOTTEN = 50;

    private final Problem problem;
    private final AttentionConfig config;

    DefinedRows(Problem problem) {
        this.problem = problem;
        this.config = problem.config();
    }

    /**
     * A row of a head of a sequence.
     *
     * @param r the sequence
     * @param h the head
     * @param row a token of the sequence, or a row of its state
     */
    record Place(int r, int h, long row) {}

    /** After how many tokens a head has forgotten one. */
    long reach(int h) {
        float slope = config.slopes()[h];
        return slope == 0 ? Long.MAX_VALUE : (long) Math.ceil(FORGOTTEN / slope);
    }

    /** Rows of one head of one sequence. */
    private final class Rows {
        private final Tensor tensor;
        private final Place place;
        private final FeatureMap map;
        private final int dim;

        Rows(Tensor tensor, Place place, FeatureMap map) {
            this.tensor = tensor;
            this.place = place;
            this.map = map;
            dim = (int) tensor.shape(3);
        }

        void read(long t, double[] into) {
            PackedSequences packed = problem.inputs().sequences();
            Layout layout = config.layout();
            long at =
                    packed == null
                            ? layout.rowOffset(
                                    place.r, place.h, t, config.heads(), problem.tokens(), dim)
                            : layout.rowOffset(
                                    0,
                                    place.h,
                                    packed.start(place.r) + t,
                                    config.heads(),
                                    problem.tokens(),
                                    dim);
            for (int i = 0; i < dim; i++) {
                into[i] = map.apply(tensor.getDouble(at + i));
            }
        }

        double[] read(long t) {
            double[] row = new double[dim];
            read(t, row);
            return row;
        }
    }

    private Rows q(Place place) {
        return new Rows(problem.inputs().q(), place, config.featureMap());
    }

    private Rows k(Place place) {
        return new Rows(problem.inputs().k(), place, config.featureMap());
    }

    private Rows v(Place place) {
        return new Rows(problem.inputs().v(), place, FeatureMap.IDENTITY);
    }

    private Rows outputGradient(Place place) {
        Tensor gradient = problem.outputGradient();
        if (gradient == null) {
            throw new IllegalStateException("a backward job has the gradient of o");
        }
        return new Rows(gradient, place, FeatureMap.IDENTITY);
    }

    /** Σ λ^|j−t| (x·a_j) b_j from token t on towards the first or the last. */
    private double[] sum(Place place, double[] x, Rows a, Rows b, long t, boolean behind) {
        double slope = config.slopes()[place.h];
        long count = behind ? problem.length(place.r) - t : t + 1;
        count = Math.min(count, reach(place.h));
        double[] rowA = new double[a.dim];
        double[] rowB = new double[b.dim];
        double[] sum = new double[b.dim];
        for (long i = 0; i < count; i++) {
            long j = behind ? t + i : t - i;
            a.read(j, rowA);
            b.read(j, rowB);
            double weight = Math.exp(-slope * i) * dot(x, rowA);
            for (int e = 0; e < sum.length; e++) {
                sum[e] += weight * rowB[e];
            }
        }
        return sum;
    }

    private static double dot(double[] x, double[] y) {
        double dot = 0;
        for (int i = 0; i < x.length; i++) {
            dot += x[i] * y[i];
        }
        return dot;
    }

    /** c · sum + factor · (x S), or S x where S meets the other side; S may be absent. */
    private double[] with(
            double[] sum,
            double c,
            Place place,
            double[] x,
            @Nullable Tensor states,
            double factor,
            boolean transposed) {
        double[] row = new double[sum.length];
        for (int i = 0; i < row.length; i++) {
            double state = 0;
            for (int j = 0; states != null && j < x.length; j++) {
                int d = transposed ? i : j;
                int e = transposed ? j : i;
                state += x[j] * states.get(place.r, place.h, d, e);
            }
            row[i] = c * sum[i] + factor * state;
        }
        return row;
    }

    private @Nullable Tensor initialState() {
        AttentionState state = problem.inputs().initialState();
        return state == null ? null : state.values();
    }

    private double decay(Place place, long tokens) {
        return Math.exp(-(double) config.slopes()[place.h] * tokens);
    }

    /** A row of o. */
    double[] output(Place place) {
        double[] x = q(place).read(place.row);
        double[] sum = sum(place, x, k(place), v(place), place.row, false);
        double c = config.scale();
        return with(sum, c, place, x, initialState(), c * decay(place, place.row + 1), false);
    }

    /** A row of dq. */
    double[] queryGradient(Place place) {
        double[] x = outputGradient(place).read(place.row);
        double[] sum = sum(place, x, v(place), k(place), place.row, false);
        double c = config.scale();
        return derived(
                with(sum, c, place, x, initialState(), c * decay(place, place.row + 1), true),
                place,
                problem.inputs().q());
    }

    /** A row of dk. */
    double[] keyGradient(Place place) {
        double[] x = v(place).read(place.row);
        double[] sum = sum(place, x, outputGradient(place), q(place), place.row, true);
        double last = decay(place, problem.length(place.r) - 1 - place.row);
        return derived(
                with(sum, config.scale(), place, x, problem.finalStateGradient(), last, true),
                place,
                problem.inputs().k());
    }

    /** A row of dv. */
    double[] valueGradient(Place place) {
        double[] x = k(place).read(place.row);
        double[] sum = sum(place, x, q(place), outputGradient(place), place.row, true);
        double last = decay(place, problem.length(place.r) - 1 - place.row);
        return with(sum, config.scale(), place, x, problem.finalStateGradient(), last, false);
    }

    /** Times the derivative of the feature map. */
    private double[] derived(double[] gradient, Place place, Tensor of) {
        double[] x = new Rows(of, place, FeatureMap.IDENTITY).read(place.row);
        for (int i = 0; i < x.length; i++) {
            gradient[i] *= config.featureMap().derivative(x[i]);
        }
        return gradient;
    }

    /** A row of the final state. */
    double[] finalState(Place place) {
        double[] x = unit(place);
        long last = problem.length(place.r) - 1;
        double[] sum = sum(place, x, k(place), v(place), last, false);
        return with(sum, 1, place, x, initialState(), decay(place, last + 1), false);
    }

    /** A row of the gradient of the initial state. */
    double[] initialGradient(Place place) {
        double[] x = unit(place);
        double[] sum = sum(place, x, q(place), outputGradient(place), 0, true);
        return with(
                sum,
                config.scale() * decay(place, 1),
                place,
                x,
                problem.finalStateGradient(),
                decay(place, problem.length(place.r)),
                false);
    }

    private double[] unit(Place place) {
        double[] unit = new double[config.keyDim()];
        unit[(int) place.row] = 1;
        return unit;
    }
}
