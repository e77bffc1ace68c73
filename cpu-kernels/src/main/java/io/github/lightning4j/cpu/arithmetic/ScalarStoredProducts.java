package io.github.lightning4j.cpu.arithmetic;

/** {@link StoredProducts} as plain loops. */
final class ScalarStoredProducts implements StoredProducts {
    @Override
    public void multiplyRows(float[] weights, int at, Matrix x, StoredMatrix m, Matrix y) {
        y.shape(x.rows(), m.columns());
        for (int i = 0; i < x.rows(); i++) {
            for (int j = 0; j < m.columns(); j++) {
                float sum = 0;
                for (int l = 0; l < m.rows(); l++) {
                    sum += x.floats()[i * x.rowStride() + l] * m.at(l, j);
                }
                y.floats()[i * y.rowStride() + j] = weights[at + i] * sum;
            }
        }
    }

    @Override
    public void addRow(Matrix x, StoredMatrix m, Matrix y, int row) {
        int to = row * y.rowStride();
        for (int l = 0; l < m.rows(); l++) {
            for (int j = 0; j < m.columns(); j++) {
                y.floats()[to + j] += x.floats()[l] * m.at(l, j);
            }
        }
    }

    @Override
    public void dots(StoredMatrix m, Matrix x, int row, float[] weights, int at, Matrix y) {
        int from = row * x.rowStride();
        for (int i = 0; i < m.rows(); i++) {
            float sum = 0;
            for (int j = 0; j < m.columns(); j++) {
                sum += m.at(i, j) * x.floats()[from + j];
            }
            y.floats()[i] = weights[at + i] * sum;
        }
    }
}
