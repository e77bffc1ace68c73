package io.github.lightning4j.conformance;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.Layout;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.RelativeError;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a slot of a pool must hold: S in float64, token by token, and S before each of the last
 * tokens, to which it can be taken back.
 */
final class PoolModel {
    private final AttentionConfig config;
    private final int kept;
    private double[][][] s;
    private long tokens;

    /** S before the last tokens, the newest last. */
    private final List<double[][][]> before = new ArrayList<>();

    /** The sequence without tokens. */
    PoolModel(AttentionConfig config, int kept) {
        this.config = config;
        this.kept = kept;
        s = new double[config.heads()][config.keyDim()][config.valueDim()];
    }

    /** A copy. */
    PoolModel(PoolModel other) {
        config = other.config;
        kept = other.kept;
        s = other.s;
        tokens = other.tokens;
        before.addAll(other.before);
    }

    /** A state that was stored, as it was read. */
    PoolModel(AttentionConfig config, int kept, AttentionState stored) {
        this(config, kept);
        tokens = stored.tokens(0);
        for (int h = 0; h < config.heads(); h++) {
            for (int d = 0; d < config.keyDim(); d++) {
                for (int e = 0; e < config.valueDim(); e++) {
                    s[h][d][e] = stored.values().get(0, h, d, e);
                }
            }
        }
    }

    long tokens() {
        return tokens;
    }

    /** How many of the last tokens it can take back. */
    int back() {
        return before.size();
    }

    /** Appends token t of a packed call, and adds what its output is off by. */
    void append(Tensor q, Tensor k, Tensor v, Tensor o, long t, RelativeError outputs) {
        before.add(s);
        if (before.size() > kept) {
            before.removeFirst();
        }
        double[][][] next = new double[config.heads()][][];
        for (int h = 0; h < config.heads(); h++) {
            double lambda = Math.exp(-(double) config.slopes()[h]);
            double[] key = features(row(k, h, t, config.keyDim()));
            double[] query = features(row(q, h, t, config.keyDim()));
            double[] value = row(v, h, t, config.valueDim());
            double[] expected = new double[value.length];
            next[h] = new double[key.length][value.length];
            for (int d = 0; d < key.length; d++) {
                for (int e = 0; e < value.length; e++) {
                    next[h][d][e] = lambda * s[h][d][e] + key[d] * value[e];
                    expected[e] += config.scale() * query[d] * next[h][d][e];
                }
            }
            compare(row(o, h, t, config.valueDim()), expected, outputs);
        }
        s = next;
        tokens++;
    }

    /** Adds what the output of token t is off by, which belongs to no slot. */
    static void appendNowhere(AttentionConfig config, Tensor o, long t, RelativeError outputs) {
        PoolModel nobody = new PoolModel(config, 0);
        for (int h = 0; h < config.heads(); h++) {
            compare(nobody.row(o, h, t, config.valueDim()), new double[config.valueDim()], outputs);
        }
    }

    private static void compare(double[] actual, double[] expected, RelativeError outputs) {
        for (int e = 0; e < actual.length; e++) {
            outputs.add(actual[e], expected[e]);
        }
    }

    private double[] features(double[] row) {
        return Arrays.stream(row).map(config.featureMap()::apply).toArray();
    }

    private double[] row(Tensor tensor, int h, long t, int dim) {
        double[] row = new double[dim];
        for (int d = 0; d < dim; d++) {
            row[d] =
                    config.layout() == Layout.HEADS_FIRST
                            ? tensor.get(0, h, t, d)
                            : tensor.get(0, t, h, d);
        }
        return row;
    }

    /** Cannot take back more than so many tokens from here. */
    void forget(long most) {
        while (before.size() > most) {
            before.removeFirst();
        }
    }

    /** Takes the last tokens back. */
    void truncate(long left) {
        while (tokens > left) {
            s = before.removeLast();
            tokens--;
        }
    }

    /** What a state is off by. */
    double error(AttentionState state) {
        RelativeError error = new RelativeError();
        for (int h = 0; h < config.heads(); h++) {
            for (int d = 0; d < config.keyDim(); d++) {
                for (int e = 0; e < config.valueDim(); e++) {
                    error.add(state.values().get(0, h, d, e), s[h][d][e]);
                }
            }
        }
        return error.value();
    }
}
