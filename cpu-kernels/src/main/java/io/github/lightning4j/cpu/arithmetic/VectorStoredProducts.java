package io.github.lightning4j.cpu.arithmetic;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;

/**
 * {@link StoredProducts} on the Vector API, one species a class: {@link VectorWidths} defines it
 * anew for each width.
 *
 * <p>A row takes eight vectors of columns at a time, four rows two, and scores four rows: enough
 * sums to hide the latency of the multiply-add. What is read is checked against the bounds and the
 * life of its memory each time, which weighs in short loops.
 */
final class VectorStoredProducts implements StoredProducts {
    private static final VectorSpecies<Float> SPECIES =
            VectorWidths.ClassData.of(MethodHandles.lookup()).species();
    private static final int W = SPECIES.length();
    private static final long VECTOR = SPECIES.vectorByteSize();
    private static final ByteOrder NATIVE = ByteOrder.nativeOrder();

    private static final VectorShuffle<Float> BY_HALF = exchange(W / 2);
    private static final VectorShuffle<Float> BY_QUARTER = exchange(W / 4);
    private static final VectorShuffle<Float> BY_2 = exchange(2);
    private static final VectorShuffle<Float> BY_1 = exchange(1);

    /** The lanes that {@link #BY_HALF} gets from below. */
    private static final VectorMask<Float> FAR_HALF = far(W / 2);

    private static final VectorMask<Float> FAR_QUARTER = far(W / 4);

    /** Lanes 0, ½, ¼ and ¾ of the way, to the front. */
    private static final VectorShuffle<Float> GATHER =
            VectorShuffle.fromOp(SPECIES, i -> (i % 2 * 2 + i / 2 % 2) * (W / 4));

    VectorStoredProducts() {}

    private static VectorShuffle<Float> exchange(int distance) {
        return VectorShuffle.fromOp(SPECIES, i -> i ^ distance);
    }

    private static VectorMask<Float> far(int distance) {
        boolean[] lanes = new boolean[W];
        for (int i = 0; i < W; i++) {
            lanes[i] = (i & distance) != 0;
        }
        return VectorMask.fromArray(SPECIES, lanes, 0);
    }

    @Override
    public void multiplyRows(float[] weights, int at, Matrix x, StoredMatrix m, Matrix y) {
        y.shape(x.rows(), m.columns());
        int rows = x.rows();
        if (rows == 1) {
            multiplyRow(weights[at], x.floats(), 0, m, 0, false, y.floats(), 0);
            return;
        }
        int done = 0;
        for (; done + W < m.columns(); done += 2 * W) {
            for (int i = 0; i < rows; i += 4) {
                fourRows(weights, at, x, i, m, done, y);
            }
        }
        for (int i = 0; done < m.columns() && i < rows; i++) {
            int from = i * x.rowStride();
            int to = i * y.rowStride();
            multiplyRow(weights[at + i], x.floats(), from, m, done, false, y.floats(), to);
        }
    }

    /** Two vectors of up to four rows; where there are fewer the last is computed repeatedly. */
    private static void fourRows(
            float[] weights, int at, Matrix x, int row, StoredMatrix m, int column, Matrix y) {
        MemorySegment floats = m.segment();
        float[] factors = x.floats();
        float[] results = y.floats();
        int k = m.rows();
        int last = x.rows() - 1;
        int row1 = Math.min(row + 1, last);
        int row2 = Math.min(row + 2, last);
        int row3 = Math.min(row + 3, last);
        int x0 = row * x.rowStride();
        int x1 = row1 * x.rowStride();
        int x2 = row2 * x.rowStride();
        int x3 = row3 * x.rowStride();
        FloatVector a0 = FloatVector.zero(SPECIES);
        FloatVector a1 = a0;
        FloatVector b0 = a0;
        FloatVector b1 = a0;
        FloatVector c0 = a0;
        FloatVector c1 = a0;
        FloatVector d0 = a0;
        FloatVector d1 = a0;
        long t = (long) column * Float.BYTES;
        long ldm = (long) m.rowStride() * Float.BYTES;
        for (int l = 0; l < k; l++, t += ldm) {
            FloatVector m0 = FloatVector.fromMemorySegment(SPECIES, floats, t, NATIVE);
            FloatVector m1 = FloatVector.fromMemorySegment(SPECIES, floats, t + VECTOR, NATIVE);
            FloatVector a = FloatVector.broadcast(SPECIES, factors[x0 + l]);
            a0 = a.fma(m0, a0);
            a1 = a.fma(m1, a1);
            FloatVector b = FloatVector.broadcast(SPECIES, factors[x1 + l]);
            b0 = b.fma(m0, b0);
            b1 = b.fma(m1, b1);
            FloatVector c = FloatVector.broadcast(SPECIES, factors[x2 + l]);
            c0 = c.fma(m0, c0);
            c1 = c.fma(m1, c1);
            FloatVector d = FloatVector.broadcast(SPECIES, factors[x3 + l]);
            d0 = d.fma(m0, d0);
            d1 = d.fma(m1, d1);
        }
        // A fused multiplication and sum, as for a row alone: -0 becomes 0.
        FloatVector z = FloatVector.zero(SPECIES);
        FloatVector w = FloatVector.broadcast(SPECIES, weights[at + row]);
        int to = row * y.rowStride() + column;
        a0.fma(w, z).intoArray(results, to);
        a1.fma(w, z).intoArray(results, to + W);
        w = FloatVector.broadcast(SPECIES, weights[at + row1]);
        to = row1 * y.rowStride() + column;
        b0.fma(w, z).intoArray(results, to);
        b1.fma(w, z).intoArray(results, to + W);
        w = FloatVector.broadcast(SPECIES, weights[at + row2]);
        to = row2 * y.rowStride() + column;
        c0.fma(w, z).intoArray(results, to);
        c1.fma(w, z).intoArray(results, to + W);
        w = FloatVector.broadcast(SPECIES, weights[at + row3]);
        to = row3 * y.rowStride() + column;
        d0.fma(w, z).intoArray(results, to);
        d1.fma(w, z).intoArray(results, to + W);
    }

    @Override
    public void addRow(Matrix x, StoredMatrix m, Matrix y, int row) {
        multiplyRow(1, x.floats(), 0, m, 0, true, y.floats(), row * y.rowStride());
    }

    /** y = weight · x M, or y += x M, from a column on, for x and y that begin at from and to. */
    private static void multiplyRow(
            float weight,
            float[] x,
            int from,
            StoredMatrix m,
            int column,
            boolean add,
            float[] y,
            int to) {
        int n = m.columns();
        int j = column;
        for (; j + 7 * W < n; j += 8 * W) {
            eightVectors(weight, x, from, m, j, add, y, to + j);
        }
        MemorySegment floats = m.segment();
        long ldm = (long) m.rowStride() * Float.BYTES;
        for (; j < n; j += W) {
            FloatVector sum = FloatVector.zero(SPECIES);
            long t = (long) j * Float.BYTES;
            for (int l = 0; l < m.rows(); l++, t += ldm) {
                FloatVector value = FloatVector.broadcast(SPECIES, x[from + l]);
                sum = value.fma(FloatVector.fromMemorySegment(SPECIES, floats, t, NATIVE), sum);
            }
            FloatVector before =
                    add ? FloatVector.fromArray(SPECIES, y, to + j) : FloatVector.zero(SPECIES);
            sum.fma(FloatVector.broadcast(SPECIES, weight), before).intoArray(y, to + j);
        }
    }

    private static void eightVectors(
            float weight,
            float[] x,
            int from,
            StoredMatrix m,
            int column,
            boolean add,
            float[] y,
            int at) {
        MemorySegment floats = m.segment();
        int k = m.rows();
        long ldm = (long) m.rowStride() * Float.BYTES;
        FloatVector y0 = FloatVector.zero(SPECIES);
        FloatVector y1 = y0;
        FloatVector y2 = y0;
        FloatVector y3 = y0;
        FloatVector y4 = y0;
        FloatVector y5 = y0;
        FloatVector y6 = y0;
        FloatVector y7 = y0;
        long t = (long) column * Float.BYTES;
        for (int l = 0; l < k; l++, t += ldm) {
            FloatVector value = FloatVector.broadcast(SPECIES, x[from + l]);
            FloatVector m0 = FloatVector.fromMemorySegment(SPECIES, floats, t, NATIVE);
            y0 = value.fma(m0, y0);
            FloatVector m1 = FloatVector.fromMemorySegment(SPECIES, floats, t + VECTOR, NATIVE);
            y1 = value.fma(m1, y1);
            FloatVector m2 = FloatVector.fromMemorySegment(SPECIES, floats, t + 2 * VECTOR, NATIVE);
            y2 = value.fma(m2, y2);
            FloatVector m3 = FloatVector.fromMemorySegment(SPECIES, floats, t + 3 * VECTOR, NATIVE);
            y3 = value.fma(m3, y3);
            FloatVector m4 = FloatVector.fromMemorySegment(SPECIES, floats, t + 4 * VECTOR, NATIVE);
            y4 = value.fma(m4, y4);
            FloatVector m5 = FloatVector.fromMemorySegment(SPECIES, floats, t + 5 * VECTOR, NATIVE);
            y5 = value.fma(m5, y5);
            FloatVector m6 = FloatVector.fromMemorySegment(SPECIES, floats, t + 6 * VECTOR, NATIVE);
            y6 = value.fma(m6, y6);
            FloatVector m7 = FloatVector.fromMemorySegment(SPECIES, floats, t + 7 * VECTOR, NATIVE);
            y7 = value.fma(m7, y7);
        }
        FloatVector w = FloatVector.broadcast(SPECIES, weight);
        FloatVector z = FloatVector.zero(SPECIES);
        y0.fma(w, add ? FloatVector.fromArray(SPECIES, y, at) : z).intoArray(y, at);
        y1.fma(w, add ? FloatVector.fromArray(SPECIES, y, at + W) : z).intoArray(y, at + W);
        y2.fma(w, add ? FloatVector.fromArray(SPECIES, y, at + 2 * W) : z).intoArray(y, at + 2 * W);
        y3.fma(w, add ? FloatVector.fromArray(SPECIES, y, at + 3 * W) : z).intoArray(y, at + 3 * W);
        y4.fma(w, add ? FloatVector.fromArray(SPECIES, y, at + 4 * W) : z).intoArray(y, at + 4 * W);
        y5.fma(w, add ? FloatVector.fromArray(SPECIES, y, at + 5 * W) : z).intoArray(y, at + 5 * W);
        y6.fma(w, add ? FloatVector.fromArray(SPECIES, y, at + 6 * W) : z).intoArray(y, at + 6 * W);
        y7.fma(w, add ? FloatVector.fromArray(SPECIES, y, at + 7 * W) : z).intoArray(y, at + 7 * W);
    }

    /** Four rows at a time, four vectors of each without a loop, which would be too short. */
    @Override
    public void dots(StoredMatrix m, Matrix x, int row, float[] weights, int at, Matrix y) {
        y.shape(1, m.rows());
        float[] results = y.floats();
        int from = row * x.rowStride();
        int rows = m.rows();
        int n = m.columns();
        int whole = n - n % W;
        for (int i = 0; i < rows; i += 4) {
            dotsOfFour(m, i, whole, x.floats(), from, results);
        }
        if (whole < n) {
            addDots(m, whole, x.floats(), from, results);
        }
        for (int i = 0; i < rows; i += W) {
            FloatVector weight = FloatVector.fromArray(SPECIES, weights, at + i);
            FloatVector.fromArray(SPECIES, results, i).mul(weight).intoArray(results, i);
        }
    }

    /** Rows from i on; where there are fewer than four the last is computed repeatedly. */
    private static void dotsOfFour(
            StoredMatrix m, int i, int whole, float[] factors, int from, float[] results) {
        MemorySegment floats = m.segment();
        long ldm = (long) m.rowStride() * Float.BYTES;
        int last = m.rows() - 1;
        long ta = i * ldm;
        long tb = Math.min(i + 1, last) * ldm;
        long tc = Math.min(i + 2, last) * ldm;
        long td = Math.min(i + 3, last) * ldm;
        FloatVector a = FloatVector.zero(SPECIES);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        int j = 0;
        for (; j + 3 * W < whole; j += 4 * W) {
            FloatVector x0 = FloatVector.fromArray(SPECIES, factors, from + j);
            FloatVector x1 = FloatVector.fromArray(SPECIES, factors, from + j + W);
            FloatVector x2 = FloatVector.fromArray(SPECIES, factors, from + j + 2 * W);
            FloatVector x3 = FloatVector.fromArray(SPECIES, factors, from + j + 3 * W);
            long t = (long) j * Float.BYTES;
            a = x0.fma(FloatVector.fromMemorySegment(SPECIES, floats, ta + t, NATIVE), a);
            b = x0.fma(FloatVector.fromMemorySegment(SPECIES, floats, tb + t, NATIVE), b);
            c = x0.fma(FloatVector.fromMemorySegment(SPECIES, floats, tc + t, NATIVE), c);
            d = x0.fma(FloatVector.fromMemorySegment(SPECIES, floats, td + t, NATIVE), d);
            t += VECTOR;
            a = x1.fma(FloatVector.fromMemorySegment(SPECIES, floats, ta + t, NATIVE), a);
            b = x1.fma(FloatVector.fromMemorySegment(SPECIES, floats, tb + t, NATIVE), b);
            c = x1.fma(FloatVector.fromMemorySegment(SPECIES, floats, tc + t, NATIVE), c);
            d = x1.fma(FloatVector.fromMemorySegment(SPECIES, floats, td + t, NATIVE), d);
            t += VECTOR;
            a = x2.fma(FloatVector.fromMemorySegment(SPECIES, floats, ta + t, NATIVE), a);
            b = x2.fma(FloatVector.fromMemorySegment(SPECIES, floats, tb + t, NATIVE), b);
            c = x2.fma(FloatVector.fromMemorySegment(SPECIES, floats, tc + t, NATIVE), c);
            d = x2.fma(FloatVector.fromMemorySegment(SPECIES, floats, td + t, NATIVE), d);
            t += VECTOR;
            a = x3.fma(FloatVector.fromMemorySegment(SPECIES, floats, ta + t, NATIVE), a);
            b = x3.fma(FloatVector.fromMemorySegment(SPECIES, floats, tb + t, NATIVE), b);
            c = x3.fma(FloatVector.fromMemorySegment(SPECIES, floats, tc + t, NATIVE), c);
            d = x3.fma(FloatVector.fromMemorySegment(SPECIES, floats, td + t, NATIVE), d);
        }
        for (; j < whole; j += W) {
            FloatVector value = FloatVector.fromArray(SPECIES, factors, from + j);
            long t = (long) j * Float.BYTES;
            a = value.fma(FloatVector.fromMemorySegment(SPECIES, floats, ta + t, NATIVE), a);
            b = value.fma(FloatVector.fromMemorySegment(SPECIES, floats, tb + t, NATIVE), b);
            c = value.fma(FloatVector.fromMemorySegment(SPECIES, floats, tc + t, NATIVE), c);
            d = value.fma(FloatVector.fromMemorySegment(SPECIES, floats, td + t, NATIVE), d);
        }

        // Sums of the lanes in one fixed order, where reduceLanes leaves the order open: each step
        // halves them, first two rows in one vector, then all four.
        FloatVector ab = a.blend(b, FAR_HALF).add(b.blend(a, FAR_HALF).rearrange(BY_HALF));
        FloatVector cd = c.blend(d, FAR_HALF).add(d.blend(c, FAR_HALF).rearrange(BY_HALF));
        FloatVector y =
                ab.blend(cd, FAR_QUARTER).add(cd.blend(ab, FAR_QUARTER).rearrange(BY_QUARTER));
        y = W > 8 ? y.add(y.rearrange(BY_2)) : y;
        y = W > 4 ? y.add(y.rearrange(BY_1)) : y;
        y.rearrange(GATHER).intoArray(results, i);
    }

    /** Adds what columns that do not fill a vector have. */
    private static void addDots(
            StoredMatrix m, int column, float[] factors, int from, float[] results) {
        for (int i = 0; i < m.rows(); i++) {
            for (int j = column; j < m.columns(); j++) {
                results[i] += m.at(i, j) * factors[from + j];
            }
        }
    }
}
