package io.github.lightning4j.reference;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.DType;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.ReferenceAttention.Head;
import io.github.lightning4j.reference.ReferenceAttention.HeadGradients;
import io.github.lightning4j.reference.ReferenceAttention.HeadResult;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;

/** The definition's gradients are the slopes of its loss, by central differences in float64. */
class FiniteDifferencesTest {
    private static final int N = 9;
    private static final int D = 4;
    private static final int E = 3;
    private static final double STEP = 1e-5;

    private final SplittableRandom random = new SplittableRandom(7);

    private double[][] matrix(int rows, int columns) {
        double[][] matrix = new double[rows][columns];
        for (double[] row : matrix) {
            for (int i = 0; i < columns; i++) {
                row[i] = random.nextGaussian();
            }
        }
        return matrix;
    }

    private static double inner(double[][] a, double[][] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < a[i].length; j++) {
                sum += a[i][j] * b[i][j];
            }
        }
        return sum;
    }

    private static void assertSlopes(double[][] gradient, double[][] x, DoubleSupplier loss) {
        RelativeError error = new RelativeError();
        for (int i = 0; i < x.length; i++) {
            for (int j = 0; j < x[i].length; j++) {
                double at = x[i][j];
                x[i][j] = at + STEP;
                double above = loss.getAsDouble();
                x[i][j] = at - STEP;
                double below = loss.getAsDouble();
                x[i][j] = at;
                error.add(gradient[i][j], (above - below) / (2 * STEP));
            }
        }
        assertTrue(error.value() < 1e-7, "relative error " + error.value());
    }

    @Test
    void ofEveryInput() {
        for (double slope : new double[] {0, 0.3, 8}) {
            Head head =
                    new Head(matrix(N, D), matrix(N, D), matrix(N, E), matrix(D, E), slope, 0.7);
            double[][] dO = matrix(N, E);
            double[][] dState = matrix(D, E);
            DoubleSupplier loss =
                    () -> {
                        HeadResult result = ReferenceAttention.tokenByToken(head);
                        return inner(result.output(), dO) + inner(result.finalState(), dState);
                    };
            HeadGradients gradients = ReferenceAttention.backward(head, dO, dState);
            assertSlopes(gradients.dq(), head.q(), loss);
            assertSlopes(gradients.dk(), head.k(), loss);
            assertSlopes(gradients.dv(), head.v(), loss);
            assertSlopes(gradients.initialState(), head.initialState(), loss);
        }
    }

    @ParameterizedTest
    @EnumSource(FeatureMap.class)
    void throughEveryFeatureMap(FeatureMap map) {
        AttentionConfig config = AttentionConfig.builder(1, D, E).featureMap(map).build();
        double[][] q = matrix(N, D);
        double[][] k = matrix(N, D);
        double[][] v = matrix(N, E);
        double[][] dO = matrix(N, E);
        DoubleSupplier loss =
                () -> {
                    Head head = Head.of(config, inputs(q, k, v), 0, 0);
                    return inner(ReferenceAttention.tokenByToken(head).output(), dO);
                };
        HeadGradients gradients =
                ReferenceAttention.backward(config, inputs(q, k, v), tensor(dO), null, 0, 0);
        assertSlopes(gradients.dq(), q, loss);
        assertSlopes(gradients.dk(), k, loss);
        assertSlopes(gradients.dv(), v, loss);
    }

    private static AttentionInputs inputs(double[][] q, double[][] k, double[][] v) {
        return AttentionInputs.of(tensor(q), tensor(k), tensor(v));
    }

    private static Tensor tensor(double[][] rows) {
        Tensor tensor = Tensor.allocate(DType.F64, 1, 1, rows.length, rows[0].length);
        long i = 0;
        for (double[] row : rows) {
            for (double value : row) {
                tensor.setDouble(i++, value);
            }
        }
        return tensor;
    }
}
