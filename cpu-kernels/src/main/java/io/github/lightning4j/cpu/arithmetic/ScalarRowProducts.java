package io.github.lightning4j.cpu.arithmetic;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** {@link RowProducts} in plain loops. */
final class ScalarRowProducts implements RowProducts {
    @Override
    public void multiplyRows(float[] weights, int at, Matrix x, StoredMatrix m, Matrix y) {
        y.shape(x.rows(), m.columns());
        for (int i = 0; i < x.rows(); i++) {
            clear(y, i);
            add(x.floats(), i * x.rowStride(), m, y.floats(), i * y.rowStride());
            scale(weights[at + i], y, i);
        }
    }

    @Override
    public void multiplyRows(float[] weights, int at, Matrix x, StoredScaledMatrix m, Matrix y) {
        y.shape(x.rows(), m.columns());
        for (int i = 0; i < x.rows(); i++) {
            clear(y, i);
            add(x.floats(), i * x.rowStride(), m, y.floats(), i * y.rowStride());
            scale(weights[at + i], y, i);
        }
    }

    private static void clear(Matrix y, int i) {
        Arrays.fill(y.floats(), i * y.rowStride(), i * y.rowStride() + y.columns(), 0);
    }

    private static void scale(float weight, Matrix y, int i) {
        for (int j = i * y.rowStride(); j < i * y.rowStride() + y.columns(); j++) {
            y.floats()[j] *= weight;
        }
    }

    private static void add(float[] x, int from, StoredMatrix m, float[] y, int to) {
        MemorySegment memory = m.memory();
        for (int l = 0; l < m.rows(); l++) {
            float value = x[from + l];
            long row = l * m.rowBytes();
            for (int j = 0; j < m.columns(); j++) {
                y[to + j] += value * memory.get(Elements.Memory.F32, row + 4L * j);
            }
        }
    }

    private static void add(float[] x, int from, StoredScaledMatrix m, float[] y, int to) {
        MemorySegment memory = m.memory();
        for (int l = 0; l < m.rows(); l++) {
            float value = x[from + l] * memory.get(Elements.Memory.F32, 4L * l);
            long row = m.valuesAt() + l * m.rowBytes();
            for (int j = 0; j < m.columns(); j++) {
                y[to + j] += value * memory.get(Elements.Memory.I16, row + 2L * j);
            }
        }
    }

    @Override
    public void addRow(Matrix x, StoredMatrix m, Matrix y, int i) {
        add(x.floats(), 0, m, y.floats(), i * y.rowStride());
    }

    @Override
    public void dots(StoredMatrix m, Matrix x, int i, float[] weights, int at, Matrix y) {
        y.shape(1, m.rows());
        MemorySegment memory = m.memory();
        int from = i * x.rowStride();
        for (int j = 0; j < m.rows(); j++) {
            float sum = 0;
            long row = j * m.rowBytes();
            for (int l = 0; l < m.columns(); l++) {
                sum += memory.get(Elements.Memory.F32, row + 4L * l) * x.floats()[from + l];
            }
            y.floats()[j] = weights[at + j] * sum;
        }
    }
}
