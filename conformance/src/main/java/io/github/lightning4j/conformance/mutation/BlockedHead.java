package io.github.lightning4j.conformance.mutation;

import io.github.lightning4j.DType;
import io.github.lightning4j.FeatureMap;

import java.util.Arrays;

/**
 * The blocked form of one head of one sequence, in float, written for clarity and slow: the left
 * product inside a block, the state before the block, and its update, each commented with its
 * formula. S is kept in double, so that a million single tokens stay exact.
 *
 * @param blockRows rows of every block except the last
 * @param slope s
 * @param scale c
 * @param featureMap φ
 * @param bug what is wrong with it
 */
record BlockedHead(int blockRows, double slope, double scale, FeatureMap featureMap, Bug bug) {

    /** Rows of one head in memory. */
    interface Rows {
        /** Element d of row i, counted from the sequence's first token. */
        double get(long i, int d);
    }

    /** Where o goes. */
    interface Output {
        /** Stores element e of row i. */
        void set(long i, int e, double value);
    }

    /** Appends {@code tokens} rows: writes o and updates S [D][E]. */
    void run(Rows q, Rows k, Rows v, long tokens, double[][] s, Output o) {
        for (long first = 0; first < tokens; first += blockRows) {
            block(q, k, v, first, (int) Math.min(blockRows, tokens - first), s, o);
        }
    }

    private void block(
            Rows qRows, Rows kRows, Rows vRows, long first, int l, double[][] s, Output out) {
        int d = s.length;
        int e = s[0].length;
        float[][] q = load(qRows, first, l, d, true);
        float[][] k = load(kRows, first, l, d, bug != Bug.DROPPED_KEY_FEATURES);
        float[][] v = load(vRows, first, l, e, false);
        double c = bug == Bug.DROPPED_SCALE ? 1 : scale;
        for (int i = 0; i < l; i++) {
            float[] o = new float[e];
            // intra: O = c · ((Q Kᵀ) ⊙ A) V
            int past = bug == Bug.FORGETS_ITSELF ? i - 1 : i;
            int last = bug == Bug.NOT_CAUSAL ? Math.min(i + 1, l - 1) : past;
            for (int j = 0; j <= last; j++) {
                int age = bug == Bug.STRICT_DECAY ? i - j + 1 : Math.max(i - j, 0);
                float p = (float) (c * lambda(age)) * dot(q[i], k[j]);
                for (int x = 0; x < e; x++) {
                    o[x] += p * v[j][x];
                }
            }
            // inter: O += c · diag(λ^(i+1)) Q S
            double inter = c * lambda(bug == Bug.PRE_DECAYED_QUERIES ? i : i + 1);
            for (int y = 0; y < d; y++) {
                double weight = inter * q[i][y];
                for (int x = 0; x < e; x++) {
                    o[x] += (float) (weight * s[y][x]);
                }
            }
            for (int x = 0; x < e; x++) {
                out.set(first + i, x, o[x]);
            }
        }
        update(kRows, vRows, first, l, k, v, s);
    }

    /** S = λ^L S + (diag(λ^(L−1−i)) K)ᵀ V. */
    private void update(
            Rows kRows, Rows vRows, long first, int l, float[][] k, float[][] v, double[][] s) {
        int d = s.length;
        int e = s[0].length;
        if (bug == Bug.READS_PAST_SEQUENCE) {
            k = load(kRows, first, blockRows, d, true);
            v = load(vRows, first, blockRows, e, false);
            l = blockRows;
        }
        int length = bug == Bug.BLOCK_SIZE_ON_SHORT_BLOCK ? blockRows : l;
        int newest = bug == Bug.PRE_DECAYED_KEYS ? length : length - 1;
        double fade = lambda(length);
        for (int y = 0; y < d; y++) {
            for (int x = 0; x < e; x++) {
                s[y][x] *= fade;
            }
        }
        for (int i = 0; i < l; i++) {
            double decay = lambda(newest - i);
            for (int y = 0; y < d; y++) {
                double weight = decay * k[i][y];
                for (int x = 0; x < e; x++) {
                    s[y][x] += weight * v[i][x];
                }
            }
        }
        if (bug == Bug.BF16_STATE) {
            Arrays.stream(s).forEach(row -> Arrays.setAll(row, x -> bf16(row[x])));
        }
    }

    private double lambda(int n) {
        if (bug == Bug.FLOAT_LAMBDA) {
            return Math.pow((float) Math.exp(-slope), n);
        }
        return n == 0 ? 1 : Math.exp(-slope * n);
    }

    private float[][] load(Rows rows, long first, int l, int dim, boolean features) {
        float[][] x = new float[l][dim];
        for (int i = 0; i < l; i++) {
            for (int d = 0; d < dim; d++) {
                double value = rows.get(first + i, d);
                x[i][d] = (float) (features ? feature(value) : value);
            }
        }
        return x;
    }

    private double feature(double x) {
        if (bug == Bug.CARELESS_FEATURES) {
            return switch (featureMap) {
                case SILU -> x * ((float) Math.exp(x) / (1 + (float) Math.exp(x)));
                case ELU_PLUS_ONE -> (x > 0 ? x : 0) + (float) Math.exp(x) * (x > 0 ? 0 : 1);
                case IDENTITY, RELU -> Math.min(featureMap.apply(x), 60);
            };
        }
        return featureMap.apply(x);
    }

    private static float dot(float[] a, float[] b) {
        float sum = 0;
        for (int d = 0; d < a.length; d++) {
            sum += a[d] * b[d];
        }
        return sum;
    }

    private static double bf16(double x) {
        return DType.bFloat16ToFloat(DType.floatToBFloat16((float) x));
    }
}
