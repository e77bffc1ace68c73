package io.github.lightning4j.models.arithmetic;

import io.github.lightning4j.Tensor;
import io.github.lightning4j.models.arithmetic.Kernels.Rows;

/**
 * Products of rows with weights that stay where they are, in 16 or 32 bits.
 *
 * <p>A panel of some rows of the weights, {@value #DEPTH} columns of it, is widened to floats, and
 * all rows of x pass over it while it is in the cache. So a weight is read from memory once a call,
 * which is what bounds a product with one row, and widened once a call, which many rows share. The
 * sums do not depend on how many rows there are.
 */
public final class WeightProducts {
    /** Columns of a panel: six rows of x beside four of the panel fit into 48 KiB. */
    private static final int DEPTH = 1024;

    /** Rows of x from which on a panel is worth more than the four rows of a tile. */
    private static final int MANY_ROWS = 12;

    private static final int WIDE_PANEL = 32;
    private static final int NARROW_PANEL = 4;

    /** Weights of a task; a thread takes some 20 µs for them in a product with one row. */
    private static final int TASK_WEIGHTS = 1 << 17;

    private final Kernels kernels;
    private final Workers workers;
    private final ThreadLocal<float[]> panels =
            ThreadLocal.withInitial(() -> new float[WIDE_PANEL * DEPTH]);

    /**
     * Products by some kernels in some threads.
     *
     * @param kernels what computes
     * @param workers who computes
     */
    public WeightProducts(Kernels kernels, Workers workers) {
        this.kernels = kernels;
        this.workers = workers;
    }

    /**
     * Y = X Wᵀ.
     *
     * @param weight W, [out, in]
     * @param x [n, in], rows adjacent
     * @param n rows of x
     * @param y [n, out], rows adjacent; written
     */
    public void multiply(Tensor weight, float[] x, int n, float[] y) {
        int out = Math.toIntExact(weight.shape(0));
        int in = Math.toIntExact(weight.shape(1));
        int panel = n < MANY_ROWS ? NARROW_PANEL : WIDE_PANEL;
        int share = Math.ceilDiv(out, workers.threads());
        int wanted = Math.min(Math.max(TASK_WEIGHTS / Math.max(1, in), 1), share);
        int rows = Math.ceilDiv(wanted, panel) * panel;
        workers.forEach(
                Math.ceilDiv(out, rows),
                task -> {
                    int end = Math.min(out, (task + 1) * rows);
                    for (int r = task * rows; r < end; r += panel) {
                        panel(weight, r, Math.min(panel, end - r), x, n, y);
                    }
                });
    }

    private void panel(Tensor weight, int row, int rows, float[] x, int n, float[] y) {
        int out = (int) weight.shape(0);
        int in = (int) weight.shape(1);
        float[] panel = panels.get();
        for (int k = 0; k < in; k += DEPTH) {
            int length = Math.min(DEPTH, in - k);
            Rows a = new Rows(x, k, in, n);
            Rows c = new Rows(y, row, out, n);
            if (rows == NARROW_PANEL
                    && kernels.multiplyFew(
                            a,
                            weight.segment(),
                            weight.dtype(),
                            (long) row * in + k,
                            in,
                            c,
                            length,
                            k > 0)) {
                continue;
            }
            for (int r = 0; r < rows; r++) {
                kernels.widen(
                        weight.segment(),
                        weight.dtype(),
                        (long) (row + r) * in + k,
                        panel,
                        r * DEPTH,
                        length);
            }
            kernels.multiply(a, new Rows(panel, 0, DEPTH, rows), c, length, k > 0);
        }
    }
}
