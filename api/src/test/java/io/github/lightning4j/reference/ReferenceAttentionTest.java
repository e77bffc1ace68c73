package io.github.lightning4j.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.Layout;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.ReferenceAttention.Head;
import io.github.lightning4j.reference.ReferenceAttention.HeadResult;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Random;

/** The specification agrees with itself and with answers by hand. */
class ReferenceAttentionTest {
    private static double[][] normal(Random random, int rows, int columns) {
        double[][] matrix = new double[rows][columns];
        for (double[] row : matrix) {
            for (int i = 0; i < columns; i++) {
                row[i] = random.nextGaussian();
            }
        }
        return matrix;
    }

    private static double error(double[][] actual, double[][] expected) {
        RelativeError error = new RelativeError();
        error.add(actual, expected);
        return error.value();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 4e-8, 1e-3, 0.5, 8, 200})
    void tokenByTokenIsQuadratic(double slope) {
        Random random = new Random(42);
        for (int tokens : new int[] {0, 1, 2, 17, 150}) {
            for (int[] dims : new int[][] {{1, 1}, {5, 3}, {16, 33}}) {
                Head head =
                        new Head(
                                normal(random, tokens, dims[0]),
                                normal(random, tokens, dims[0]),
                                normal(random, tokens, dims[1]),
                                normal(random, dims[0], dims[1]),
                                slope,
                                -0.7);
                HeadResult one = ReferenceAttention.tokenByToken(head);
                HeadResult other = ReferenceAttention.quadratic(head);
                String what = "s = %s, N = %d, D = %d".formatted(slope, tokens, dims[0]);
                assertTrue(error(one.output(), other.output()) <= 1e-12, what);
                assertTrue(error(one.finalState(), other.finalState()) <= 1e-12, what);
            }
        }
    }

    @Test
    void anInitialStateIsNotChanged() {
        double[][] state = {{1, 2}};
        Head head = new Head(new double[][] {{3}}, new double[][] {{4}}, state, state, 1, 1);
        ReferenceAttention.tokenByToken(head);
        ReferenceAttention.quadratic(head);
        assertEquals(List.of(1.0, 2.0), List.of(state[0][0], state[0][1]));
    }

    @Test
    void threeTokensByHand() {
        // λ = 1/2: S = 8/2 + 1·2 = 6, then 6/2 + 3·1 = 6, then 6/2 + 1·(−1) = 2
        Head head =
                new Head(
                        new double[][] {{1}, {10}, {100}},
                        new double[][] {{1}, {3}, {1}},
                        new double[][] {{2}, {1}, {-1}},
                        new double[][] {{8}},
                        Math.log(2),
                        2);
        for (HeadResult result :
                List.of(
                        ReferenceAttention.tokenByToken(head),
                        ReferenceAttention.quadratic(head))) {
            assertEquals(12, result.output()[0][0], 1e-12);
            assertEquals(120, result.output()[1][0], 1e-12);
            assertEquals(400, result.output()[2][0], 1e-12);
            assertEquals(2, result.finalState()[0][0], 1e-12);
        }
    }

    @Test
    void rowsAreFoundInEitherLayoutAndInPacks() {
        // Element values are their own positions.
        Tensor x = Tensor.ofFloats(new float[2 * 3 * 4 * 5], 2, 3, 4, 5);
        for (long i = 0; i < x.size(); i++) {
            x.setDouble(i, i);
        }
        AttentionConfig heads = AttentionConfig.builder(3, 5).build();
        double[][] rows = ReferenceAttention.rows(heads, AttentionInputs.of(x, x, x), x, 1, 2, 5);
        assertEquals(4, rows.length);
        assertEquals((((1 * 3) + 2) * 4 + 3) * 5 + 4, rows[3][4]);

        AttentionConfig tokens = AttentionConfig.builder(4, 5).layout(Layout.TOKENS_FIRST).build();
        rows = ReferenceAttention.rows(tokens, AttentionInputs.of(x, x, x), x, 1, 2, 5);
        assertEquals(3, rows.length);
        assertEquals((((1 * 3) + 2) * 4 + 2) * 5 + 4, rows[2][4]);

        Tensor y = x.reshape(1, 6, 4, 5);
        AttentionInputs packed =
                AttentionInputs.of(y, y, y).withSequences(PackedSequences.ofLengths(1, 0, 3, 2));
        rows = ReferenceAttention.rows(tokens, packed, y, 2, 1, 5);
        assertEquals(3, rows.length);
        assertEquals(((1 + 2) * 4 + 1) * 5, rows[2][0]);
    }
}
