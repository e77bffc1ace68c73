package io.github.lightning4j.cpu.arithmetic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.Random;

/** Matrices of 16 bits: exact where they can be, and right in the mean elsewhere. */
class ScaledMatrixTest {
    private static final int ROWS = 7;
    private static final int COLUMNS = 37;

    private final Random random = new Random(1);

    private Matrix normal(int lanes) {
        Matrix s = Matrix.of(ROWS, COLUMNS, lanes);
        for (int i = 0; i < ROWS; i++) {
            for (int j = 0; j < COLUMNS; j++) {
                s.floats()[i * s.rowStride() + j] =
                        (float) (random.nextGaussian() * Math.pow(10, 3 * i - 9));
            }
        }
        return s;
    }

    /** The elements without what is behind them. */
    private static float[] elements(Matrix s) {
        float[] all = new float[ROWS * COLUMNS];
        for (int i = 0; i < ROWS; i++) {
            System.arraycopy(s.floats(), i * s.rowStride(), all, i * COLUMNS, COLUMNS);
        }
        return all;
    }

    @Test
    void allKernelsRoundAlikeAndWhatWasRoundedStays() {
        float[] first = null;
        for (Kernels kernels : KernelLookup.instance().kernels()) {
            random.setSeed(2);
            Matrix s = normal(kernels.lanes());
            ScaledMatrix m = new ScaledMatrix(ROWS, COLUMNS, kernels.lanes());
            kernels.elements().narrow(s, m, 5);
            Matrix rounded = Matrix.of(ROWS, COLUMNS, kernels.lanes());
            kernels.elements().widen(m, rounded);
            first = first == null ? elements(rounded) : first;
            assertArrayEquals(first, elements(rounded), kernels.name());
            kernels.elements().narrow(rounded, m, 6);
            Matrix again = Matrix.of(ROWS, COLUMNS, kernels.lanes());
            kernels.elements().widen(m, again);
            assertArrayEquals(elements(rounded), elements(again), kernels.name());
        }
    }

    @Test
    void theMeanOfManyRoundingsIsRight() {
        for (Kernels kernels : KernelLookup.instance().kernels()) {
            Matrix s = normal(kernels.lanes());
            ScaledMatrix m = new ScaledMatrix(ROWS, COLUMNS, kernels.lanes());
            Matrix rounded = Matrix.of(ROWS, COLUMNS, kernels.lanes());
            int count = 4000;
            double[] sums = new double[ROWS * COLUMNS];
            double[] units = new double[ROWS];
            for (int key = 0; key < count; key++) {
                kernels.elements().narrow(s, m, ScaledMatrix.key(3, 0, key));
                kernels.elements().widen(m, rounded);
                float[] elements = elements(rounded);
                for (int i = 0; i < sums.length; i++) {
                    sums[i] += elements[i];
                    units[i / COLUMNS] = m.scales[i / COLUMNS];
                }
            }
            float[] exact = elements(s);
            for (int i = 0; i < sums.length; i++) {
                // Six standard deviations of the mean of so many, each at most half a unit.
                double bound = 6 * 0.5 * units[i / COLUMNS] / Math.sqrt(count);
                assertEquals(exact[i], sums[i] / count, bound, kernels.name() + ", element " + i);
            }
        }
    }

    @Test
    void extremesAreKept() {
        for (Kernels kernels : KernelLookup.instance().kernels()) {
            Matrix s = Matrix.of(ROWS, COLUMNS, kernels.lanes());
            float[] x = s.floats();
            x[0] = Float.MAX_VALUE;
            x[s.rowStride() + 1] = Float.NaN;
            x[2 * s.rowStride() + 36] = Float.POSITIVE_INFINITY;
            x[3 * s.rowStride()] = Float.MIN_VALUE;
            x[4 * s.rowStride()] = -1;
            ScaledMatrix m = new ScaledMatrix(ROWS, COLUMNS, kernels.lanes());
            kernels.elements().narrow(s, m, 1);
            Matrix rounded = Matrix.of(ROWS, COLUMNS, kernels.lanes());
            kernels.elements().widen(m, rounded);
            float[] y = elements(rounded);
            assertEquals(Float.MAX_VALUE, y[0], 1e-4f * Float.MAX_VALUE);
            assertTrue(Float.isNaN(y[COLUMNS + 1]), "a row with a NaN");
            assertTrue(Float.isNaN(y[2 * COLUMNS + 36]), "a row with an infinity");
            assertEquals(0, y[3 * COLUMNS], 1e-30f);
            assertEquals(-1, y[4 * COLUMNS]);
            assertEquals(0, y[5 * COLUMNS]);
        }
    }
}
