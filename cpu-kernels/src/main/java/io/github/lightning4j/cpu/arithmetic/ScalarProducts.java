package io.github.lightning4j.cpu.arithmetic;

import io.github.lightning4j.cpu.arithmetic.Matrix.Part;

import java.util.Arrays;

/** {@link Products} in plain loops. */
final class ScalarProducts implements Products {
    private static final RowProducts ROWS = new ScalarRowProducts();

    @Override
    public void multiply(Finish finish, Matrix a, Matrix b, Matrix c) {
        c.shape(a.rows(), b.columns());
        float[] x = a.floats();
        float[] y = b.floats();
        float[] z = c.floats();
        float[] before = finish.before(z);
        float[] sums = new float[c.columns()];
        for (int i = 0; i < a.rows(); i++) {
            int begin = a.part() == Part.UPPER ? i : 0;
            int end = a.part() == Part.LOWER ? Math.min(b.rows(), i + 1) : b.rows();
            Arrays.fill(sums, 0);
            for (int l = begin; l < end; l++) {
                float value = x[i * a.rowStride() + l * a.columnStride()];
                int row = l * b.rowStride();
                for (int j = 0; j < sums.length; j++) {
                    sums[j] += value * y[row + j];
                }
            }
            int row = i * c.rowStride();
            for (int j = 0; j < sums.length; j++) {
                z[row + j] = finish.of(i, before[row + j], sums[j]);
            }
        }
    }

    @Override
    public void scores(Matrix a, Matrix b, Matrix c) {
        c.shape(a.rows(), b.columns());
        for (int i = 0; i < a.rows(); i++) {
            for (int j = 0; j <= i; j++) {
                float sum = 0;
                for (int l = 0; l < a.columns(); l++) {
                    sum += a.floats()[i * a.rowStride() + l] * b.floats()[l * b.rowStride() + j];
                }
                c.floats()[i * c.rowStride() + j] = sum;
            }
        }
    }

    @Override
    public void multiplyRows(float[] weights, int at, Matrix x, StoredMatrix m, Matrix y) {
        ROWS.multiplyRows(weights, at, x, m, y);
    }

    @Override
    public void multiplyRows(float[] weights, int at, Matrix x, StoredScaledMatrix m, Matrix y) {
        ROWS.multiplyRows(weights, at, x, m, y);
    }

    @Override
    public void addRow(Matrix x, StoredMatrix m, Matrix y, int i) {
        ROWS.addRow(x, m, y, i);
    }

    @Override
    public void dots(StoredMatrix m, Matrix x, int i, float[] weights, int at, Matrix y) {
        ROWS.dots(m, x, i, weights, at, y);
    }
}
