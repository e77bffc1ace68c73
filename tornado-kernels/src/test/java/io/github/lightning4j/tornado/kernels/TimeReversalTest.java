package io.github.lightning4j.tornado.kernels;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.ReferenceAttention.Head;
import io.github.lightning4j.reference.ReferenceAttention.HeadGradients;
import io.github.lightning4j.reference.ReferenceAttention.HeadResult;
import io.github.lightning4j.reference.RelativeError;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;
import java.util.Random;

/**
 * The identities of docs/algorithm.md, "Time reversed", in float64 against the definition: two
 * functions, of which each gradient is one, on the tokens in their order or from the last to the
 * first. Block by block, with a short last block, as kernels do it.
 */
class TimeReversalTest {
    private static final int TOKENS = 43;
    private static final int BLOCK = 16;
    private static final int KEY_DIM = 7;
    private static final int VALUE_DIM = 5;
    private static final double SCALE = 0.7;
    private static final double TOLERANCE = 2e-15;

    private final Random random = new Random(TOKENS);
    private final double[][] q = normal(TOKENS, KEY_DIM);
    private final double[][] k = normal(TOKENS, KEY_DIM);
    private final double[][] v = normal(TOKENS, VALUE_DIM);
    private final double[][] dO = normal(TOKENS, VALUE_DIM);
    private final double[][] initial = normal(KEY_DIM, VALUE_DIM);
    private final double[][] finalGradient = normal(KEY_DIM, VALUE_DIM);

    private double[][] normal(int rows, int columns) {
        double[][] matrix = new double[rows][columns];
        for (double[] row : matrix) {
            Arrays.setAll(row, i -> random.nextGaussian());
        }
        return matrix;
    }

    private HeadResult forward(double slope) {
        return ReferenceAttention.tokenByToken(new Head(q, k, v, initial, slope, SCALE));
    }

    private HeadGradients backward(double slope) {
        Head head = new Head(q, k, v, initial, slope, SCALE);
        return ReferenceAttention.backward(head, dO, finalGradient);
    }

    /** O = out(Q, K, V, S, 1, c, c) with S = state(K, V, S₀, 0, 1). */
    @ParameterizedTest
    @ValueSource(doubles = {0, 4e-8, 0.03, 0.5, 8})
    void outputsAndStates(double slope) {
        Walk walk = new Walk(slope, 0, 1);
        double[][] o = walk.rows(q, k, v, k, v, initial, new Out(1, SCALE, SCALE));
        close(o, forward(slope).output());
        close(walk.state, forward(slope).finalState());
    }

    /** dQ = out(dO, V, K, Sᵀ, 1, c, c), and Sᵀ = state(V, K, S₀ᵀ, 0, 1). */
    @ParameterizedTest
    @ValueSource(doubles = {0, 4e-8, 0.03, 0.5, 8})
    void gradientsOfQueriesAreOutputs(double slope) {
        double[][] dq =
                new Walk(slope, 0, 1)
                        .rows(dO, v, k, v, k, transpose(initial), new Out(1, SCALE, SCALE));
        close(dq, backward(slope).dq());
    }

    /** dV = out(K, Q, dO, G, 0, 1, c) with G = state(Q, dO, G_N, 1, c), on the reversed tokens. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 4e-8, 0.03, 0.5, 8})
    void gradientsOfValuesAreOutputsOfReversedTokens(double slope) {
        Walk walk = new Walk(slope, 1, SCALE);
        double[][] dv = reversedValues(walk, new Out(0, 1, SCALE));
        close(dv, backward(slope).dv());
        close(walk.state, backward(slope).initialState());
    }

    private double[][] reversedValues(Walk walk, Out out) {
        double[][] queries = reverse(q);
        double[][] gradients = reverse(dO);
        return reverse(
                walk.rows(reverse(k), queries, gradients, queries, gradients, finalGradient, out));
    }

    /** dK = out(V, dO, Q, Gᵀ, 0, 1, c), on the reversed tokens. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 4e-8, 0.03, 0.5, 8})
    void gradientsOfKeysAreOutputsOfReversedTokens(double slope) {
        double[][] queries = reverse(q);
        double[][] gradients = reverse(dO);
        double[][] dk =
                new Walk(slope, 1, SCALE)
                        .rows(
                                reverse(v),
                                gradients,
                                queries,
                                gradients,
                                queries,
                                transpose(finalGradient),
                                new Out(0, 1, SCALE));
        close(reverse(dk), backward(slope).dk());
    }

    /** The exponents matter: with those of the other direction nothing is near. */
    @ParameterizedTest
    @ValueSource(doubles = {0.03, 0.5, 8})
    void exponentsOfTheOtherDirectionAreWrong(double slope) {
        double[][] expected = backward(slope).dv();
        double[][] late = reversedValues(new Walk(slope, 1, SCALE), new Out(1, 1, SCALE));
        double[][] early = reversedValues(new Walk(slope, 0, SCALE), new Out(0, 1, SCALE));
        assertTrue(error(late, expected) > 1e-3, "out with s = 1");
        assertTrue(error(early, expected) > 1e-3, "state with s = 0");
    }

    /**
     * out(q, k, v, S, s, x, y) without its operands.
     *
     * @param s what is added to the exponent with which a token reads S
     * @param x factor of what it reads of S
     * @param y factor of what it reads of the block
     */
    private record Out(int s, double x, double y) {}

    /** Blocks in order, with the state handed on: state(k, v, S, s, x). */
    private static final class Walk {
        private final double slope;
        private final int s;
        private final double x;
        private double[][] state = {};

        Walk(double slope, int s, double x) {
            this.slope = slope;
            this.s = s;
            this.x = x;
        }

        private double power(int n) {
            return Math.exp(-slope * n);
        }

        /** Rows of all blocks, of q, k, v and a state that takes in {@code in} and {@code what}. */
        double[][] rows(
                double[][] q,
                double[][] k,
                double[][] v,
                double[][] in,
                double[][] what,
                double[][] before,
                Out out) {
            state = before;
            double[][] rows = new double[q.length][v[0].length];
            for (int first = 0; first < q.length; first += BLOCK) {
                int n = Math.min(BLOCK, q.length - first);
                for (int i = 0; i < n; i++) {
                    double[] row = rows[first + i];
                    for (int d = 0; d < state.length; d++) {
                        add(row, out.x * power(i + out.s) * q[first + i][d], state[d]);
                    }
                    for (int j = 0; j <= i; j++) {
                        double score = power(i - j) * dot(q[first + i], k[first + j]);
                        add(row, out.y * score, v[first + j]);
                    }
                }
                double[][] after = new double[state.length][state[0].length];
                for (int d = 0; d < state.length; d++) {
                    add(after[d], power(n), state[d]);
                    for (int i = 0; i < n; i++) {
                        double weight = x * power(n - 1 - i + s) * in[first + i][d];
                        add(after[d], weight, what[first + i]);
                    }
                }
                state = after;
            }
            return rows;
        }
    }

    private static void add(double[] sum, double factor, double[] row) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += factor * row[i];
        }
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static double[][] reverse(double[][] rows) {
        return Arrays.asList(rows).reversed().toArray(double[][]::new);
    }

    private static double[][] transpose(double[][] matrix) {
        double[][] transposed = new double[matrix[0].length][matrix.length];
        for (int i = 0; i < matrix.length; i++) {
            for (int j = 0; j < matrix[i].length; j++) {
                transposed[j][i] = matrix[i][j];
            }
        }
        return transposed;
    }

    private static double error(double[][] found, double[][] expected) {
        RelativeError error = new RelativeError();
        error.add(found, expected);
        return error.value();
    }

    private static void close(double[][] found, double[][] expected) {
        double error = error(found, expected);
        assertTrue(error <= TOLERANCE, "relative error: " + error);
    }
}
