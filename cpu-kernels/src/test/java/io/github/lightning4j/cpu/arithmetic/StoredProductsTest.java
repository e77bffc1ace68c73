package io.github.lightning4j.cpu.arithmetic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Rows beyond those in use, and columns beyond the last, are NaN. */
class StoredProductsTest {
    /** The most rows of X and M. */
    private static final int MOST = 48;

    private static final int[] ROWS = {48, 33, 17, 6, 5, 4, 3, 2, 1};
    private static final int[] COLUMNS = {128, 100, 64, 48, 20, 16, 3, 1};

    private final SplittableRandom random = new SplittableRandom(8);
    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void free() {
        arena.close();
    }

    static List<String> kernels() {
        return KernelLookup.instance().names();
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void rowsTimesAMatrixAreThoseOfEachRowAlone(String name) {
        Kernels kernels = KernelLookup.instance().named(name).orElseThrow();
        float[] weights = floats(MOST + 2);
        for (int k : ROWS) {
            for (int n : COLUMNS) {
                Matrix m = normal(kernels, k, n);
                StoredMatrix stored = stored(kernels, m);
                for (int rows = 1; rows <= 9; rows++) {
                    Matrix x = normal(kernels, rows, k);
                    Matrix y = Matrix.of(MOST, n, kernels.lanes());
                    kernels.stored().multiplyRows(weights, 2, x, stored, y);
                    assertEquals(rows, y.rows());
                    assertEquals(n, y.columns());
                    for (int i = 0; i < rows; i++) {
                        for (int j = 0; j < n; j++) {
                            double sum = weights[2 + i] * dot(x, i, m.t(), j);
                            assertEquals(sum, at(y, i, j), 1e-4);
                        }
                        assertArrayEquals(
                                alone(kernels, weights, 2 + i, x, i, stored), row(y, i), name);
                    }
                }
            }
        }
    }

    private static float[] alone(
            Kernels kernels, float[] weights, int at, Matrix x, int i, StoredMatrix m) {
        Matrix row = Matrix.of(1, x.columns(), kernels.lanes());
        System.arraycopy(x.floats(), i * x.rowStride(), row.floats(), 0, x.columns());
        Matrix y = Matrix.of(1, m.columns(), kernels.lanes());
        kernels.stored().multiplyRows(weights, at, row, m, y);
        return row(y, 0);
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void aRowTimesAMatrixIsAdded(String name) {
        Kernels kernels = KernelLookup.instance().named(name).orElseThrow();
        for (int k : ROWS) {
            for (int n : COLUMNS) {
                Matrix m = normal(kernels, k, n);
                Matrix x = normal(kernels, 1, k);
                Matrix before = normal(kernels, 3, n);
                Matrix y = before.copy();
                kernels.stored().addRow(x, stored(kernels, m), y, 1);
                for (int j = 0; j < n; j++) {
                    assertEquals(at(before, 1, j) + dot(x, 0, m.t(), j), at(y, 1, j), 1e-4);
                }
                assertArrayEquals(row(before, 0), row(y, 0));
                assertArrayEquals(row(before, 2), row(y, 2));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void dotsAreWeighedProductsWithEachRow(String name) {
        Kernels kernels = KernelLookup.instance().named(name).orElseThrow();
        float[] weights = floats(MOST + 3 + kernels.lanes());
        for (int k : ROWS) {
            for (int n : COLUMNS) {
                Matrix m = normal(kernels, k, n);
                Matrix x = normal(kernels, 3, n);
                Matrix y = Matrix.of(1, MOST, kernels.lanes());
                kernels.stored().dots(stored(kernels, m), x, 2, weights, 3, y);
                for (int i = 0; i < k; i++) {
                    assertEquals(weights[3 + i] * dot(x, 2, m, i), at(y, 0, i), 1e-4);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void foldingIsTheAdvanceOfAMatrix(String name) {
        Kernels kernels = KernelLookup.instance().named(name).orElseThrow();
        for (int k : ROWS) {
            for (int n : COLUMNS) {
                Matrix a = normal(kernels, 20, k).t();
                Matrix b = normal(kernels, 20, n);
                Matrix s = normal(kernels, k, n);
                StoredMatrix stored = stored(kernels, s);
                Matrix scratch = Matrix.of(MOST, n, kernels.lanes());
                kernels.products().fold(-0.25f, 1, a, b, stored, scratch);
                Matrix advanced = Matrix.of(MOST, n, kernels.lanes());
                Finish finish = new Finish.Reusable().advance(-0.25f, 1, s);
                kernels.products().multiply(finish, a, b, advanced);
                Matrix folded = Matrix.of(MOST, n, kernels.lanes());
                stored.read(folded);
                for (int i = 0; i < k; i++) {
                    assertArrayEquals(row(advanced, i), row(folded, i), name);
                }
            }
        }
    }

    /** The sum of the products of two rows. */
    private static double dot(Matrix a, int i, Matrix b, int j) {
        double sum = 0;
        for (int l = 0; l < a.columns(); l++) {
            sum += (double) at(a, i, l) * at(b, j, l);
        }
        return sum;
    }

    private static float at(Matrix x, int i, int j) {
        return x.floats()[i * x.rowStride() + j * x.columnStride()];
    }

    private static float[] row(Matrix x, int i) {
        int from = i * x.rowStride();
        return Arrays.copyOfRange(x.floats(), from, from + x.columns());
    }

    private Matrix normal(Kernels kernels, int rows, int columns) {
        Matrix matrix = Matrix.of(MOST, columns, kernels.lanes());
        Arrays.fill(matrix.floats(), Float.NaN);
        for (int i = 0; i < rows; i++) {
            float[] row = floats(columns);
            System.arraycopy(row, 0, matrix.floats(), i * matrix.rowStride(), columns);
        }
        matrix.shape(rows, columns);
        return matrix;
    }

    /** The same in memory that has room for more rows. */
    private StoredMatrix stored(Kernels kernels, Matrix x) {
        long bytes = StoredMatrix.bytes(MOST, x.columns(), kernels.lanes());
        StoredMatrix stored =
                new StoredMatrix(
                        arena.allocate(bytes, StoredMatrix.ALIGNMENT),
                        MOST,
                        x.columns(),
                        kernels.lanes());
        Matrix all = Matrix.of(MOST, x.columns(), kernels.lanes());
        Arrays.fill(all.floats(), Float.NaN);
        stored.write(all);
        stored.rows(x.rows());
        stored.write(x);
        return stored;
    }

    private float[] floats(int length) {
        float[] x = new float[length];
        for (int i = 0; i < length; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }
}
