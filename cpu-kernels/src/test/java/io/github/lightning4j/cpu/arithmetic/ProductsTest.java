package io.github.lightning4j.cpu.arithmetic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

class ProductsTest {
    private static final int L = 48;
    private static final int[] ROWS = {48, 47, 6, 1};
    private static final int[] COLUMNS = {128, 64, 48, 16, 20, 3};

    private final SplittableRandom random = new SplittableRandom(6);

    static List<String> kernels() {
        return KernelLookup.instance().names();
    }

    /** Rows of B′ beyond the diagonal are NaN for every row but the one looked at. */
    @ParameterizedTest
    @MethodSource("kernels")
    void sumsReadTheirTriangleOnly(String name) {
        Kernels kernels = KernelLookup.instance().named(name).orElseThrow();
        for (int m : ROWS) {
            for (int n : COLUMNS) {
                for (int row = 0; row < m; row += 5) {
                    triangle(kernels, m, n, row, true);
                    triangle(kernels, m, n, row, false);
                }
            }
        }
    }

    private void triangle(Kernels kernels, int m, int n, int row, boolean lower) {
        int from = lower ? 0 : row;
        int to = lower ? row + 1 : m;
        Matrix a = normal(kernels, m, 20);
        Matrix b = normal(kernels, 20, n);
        Matrix p = normal(kernels, m, m).lower();
        Matrix a2 = lower ? p : p.t();
        Matrix b2 = normal(kernels, m, n);
        Matrix c = Matrix.of(L, n, kernels.lanes());
        float[] weights = floats(L + 2);
        Arrays.fill(b2.floats(), 0, from * b2.rowStride(), Float.NaN);
        Arrays.fill(b2.floats(), to * b2.rowStride(), b2.floats().length, Float.NaN);
        kernels.products().sum(new Finish.Reusable().weigh(weights, 2), a, b, a2, b2, c);
        assertEquals(m, c.rows());
        assertEquals(n, c.columns());
        for (int j = 0; j < n; j++) {
            double sum =
                    weights[2 + row] * dot(a, row, b, j, 0, 20) + dot(a2, row, b2, j, from, to);
            assertEquals(sum, at(c, row, j), 1e-4, "row " + row + " of " + m + ", column " + j);
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void productsFinishAsAsked(String name) {
        Kernels kernels = KernelLookup.instance().named(name).orElseThrow();
        float[] weights = floats(L + 1);
        for (int m : ROWS) {
            for (int n : COLUMNS) {
                Matrix a = normal(kernels, 20, m).t();
                Matrix b = normal(kernels, 20, n);
                Matrix s = normal(kernels, m, n);
                Finish.Reusable finish = new Finish.Reusable();
                Matrix set = Matrix.of(L, n, kernels.lanes());
                kernels.products().multiply(Finish.SET, a, b, set);
                Matrix added = s.copy();
                kernels.products().multiply(Finish.ADD, a, b, added);
                Matrix weighed = s.copy();
                kernels.products().multiply(finish.weigh(weights, 1), a, b, weighed);
                Matrix advanced = Matrix.of(L, n, kernels.lanes());
                kernels.products().multiply(finish.advance(-0.25f, 1, s), a, b, advanced);
                for (int i = 0; i < m; i++) {
                    for (int j = 0; j < n; j++) {
                        double sum = dot(a, i, b, j, 0, 20);
                        double before = at(s, i, j);
                        assertEquals(sum, at(set, i, j), 1e-4);
                        assertEquals(before + sum, at(added, i, j), 1e-4);
                        assertEquals(weights[1 + i] * before + sum, at(weighed, i, j), 1e-4);
                        assertEquals(0.75 * before + sum, at(advanced, i, j), 1e-4);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void scoresAreThoseOfMatrices(String name) {
        Kernels kernels = KernelLookup.instance().named(name).orElseThrow();
        for (int m : ROWS) {
            for (int n : COLUMNS) {
                Matrix a = normal(kernels, m, n);
                Matrix aT = Matrix.of(n, L, kernels.lanes());
                kernels.elements().transpose(a, aT);
                Matrix b = normal(kernels, m, n);
                Matrix c = Matrix.of(L, L, kernels.lanes()).lower();
                kernels.products().scores(b, aT, c);
                for (int i = 0; i < m; i++) {
                    for (int j = 0; j <= i; j++) {
                        assertEquals(dot(b, i, a.t(), j, 0, n), at(c, i, j), 1e-4);
                    }
                }
            }
        }
    }

    private static double dot(Matrix a, int i, Matrix b, int j, int from, int to) {
        double sum = 0;
        for (int l = from; l < to; l++) {
            sum += (double) at(a, i, l) * at(b, l, j);
        }
        return sum;
    }

    private static float at(Matrix x, int i, int j) {
        return x.floats()[i * x.rowStride() + j * x.columnStride()];
    }

    private Matrix normal(Kernels kernels, int rows, int columns) {
        float[] x = floats(Matrix.size(Math.max(rows, L), Math.max(columns, L), kernels.lanes()));
        Matrix matrix = Matrix.over(x, Math.max(rows, L), columns, kernels.lanes());
        matrix.shape(rows, columns);
        return matrix;
    }

    private float[] floats(int length) {
        float[] x = new float[length];
        for (int i = 0; i < length; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }
}
