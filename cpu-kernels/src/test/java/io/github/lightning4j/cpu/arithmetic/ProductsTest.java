package io.github.lightning4j.cpu.arithmetic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lightning4j.cpu.arithmetic.Products.Band;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

class ProductsTest {
    private final SplittableRandom random = new SplittableRandom(6);

    static List<String> kernels() {
        return KernelLookup.instance().names();
    }

    /** Rows of B′ beyond the diagonal are NaN for every row but the one looked at. */
    @ParameterizedTest
    @MethodSource("kernels")
    void pairsOfProductsReadTheirTriangleOnly(String name) {
        Kernels kernels = KernelLookup.instance().named(name);
        for (int m : new int[] {48, 47, 6, 1}) {
            for (int n : new int[] {128, 64, 48, 16}) {
                for (int row = 0; row < m; row += 5) {
                    lower(kernels, m, n, row);
                    upper(kernels, m, n, row);
                }
            }
        }
    }

    private void lower(Kernels kernels, int m, int n, int row) {
        float[] b2 = normal(48 * n);
        Arrays.fill(b2, (row + 1) * n, b2.length, Float.NaN);
        check(kernels, Band.LOWER_LEFT, 48, 1, b2, m, n, row, 0, row + 1);
    }

    private void upper(Kernels kernels, int m, int n, int row) {
        float[] b2 = normal(48 * n);
        Arrays.fill(b2, 0, row * n, Float.NaN);
        check(kernels, Band.UPPER_LEFT, 1, 48, b2, m, n, row, row, m);
    }

    private void check(
            Kernels kernels,
            Band band,
            int a2Row,
            int a2Col,
            float[] b2,
            int m,
            int n,
            int row,
            int from,
            int to) {
        int k = 20;
        float[] weights = normal(50);
        float[] a = normal(48 * k);
        float[] b = normal(k * n);
        float[] a2 = normal(48 * 48);
        float[] c = new float[48 * n];
        Finish weigh = new Finish.Reusable().scaleRows(weights, 2);
        kernels.multiplyBoth(band, weigh, a, k, b, k, a2, a2Row, a2Col, b2, n, c, m, n);
        for (int j = 0; j < n; j++) {
            double sum = 0;
            for (int l = 0; l < k; l++) {
                sum += (double) a[row * k + l] * b[l * n + j];
            }
            sum *= weights[2 + row];
            for (int l = from; l < to; l++) {
                sum += (double) a2[row * a2Row + l * a2Col] * b2[l * n + j];
            }
            assertEquals(sum, c[row * n + j], 1e-4, "row " + row + " of " + m + ", column " + j);
        }
    }

    private float[] normal(int length) {
        float[] x = new float[length];
        for (int i = 0; i < length; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }
}
