package io.github.lightning4j.cpu.arithmetic;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;

/**
 * {@link RowProducts} on the Vector API, one species a class: {@link VectorWidths} defines it anew
 * for each.
 *
 * <p>Eight sums at a time, or four, because each waits four cycles for itself; four rows of X
 * together read a state once.
 *
 * <p>Each method that loads from a segment is one piece, loops for what is left over included. A
 * load becomes an instruction only where the compiler inlines some ten methods under it, and in a
 * caller that has grown large it gives up and makes an object of every vector. It never inlines a
 * method of more than {@value #TOO_LARGE_TO_INLINE} bytes of code, so these are compiled by
 * themselves, always alike. A test looks at their lengths. That is why the loops of eight, four and
 * one vector are written out in each of them, and not called.
 */
final class VectorRowProducts implements RowProducts {
    /** HotSpot's FreqInlineSize. */
    static final int TOO_LARGE_TO_INLINE = 325;

    private static final VectorSpecies<Float> SPECIES =
            VectorWidths.ClassData.of(MethodHandles.lookup()).species();
    private static final VectorSpecies<Integer> INTS = SPECIES.withLanes(int.class);
    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(
                    short.class, VectorShape.forBitSize(Math.max(64, SPECIES.vectorBitSize() / 2)));
    private static final int W = SPECIES.length();
    private static final long V = (long) W * Float.BYTES;
    private static final long V_16 = (long) W * Short.BYTES;
    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
    private static final VectorOperators.Conversion<Short, Integer> S2I = VectorOperators.S2I;
    private static final VectorOperators.Conversion<Integer, Float> I2F = VectorOperators.I2F;

    private static final VectorShuffle<Float> BY_8 = rotation(8);
    private static final VectorShuffle<Float> BY_4 = rotation(4);
    private static final VectorShuffle<Float> BY_2 = rotation(2);
    private static final VectorShuffle<Float> BY_1 = rotation(1);

    VectorRowProducts() {}

    private static VectorShuffle<Float> rotation(int distance) {
        return VectorShuffle.iota(SPECIES, distance % W, 1, true);
    }

    @Override
    public void multiplyRows(float[] weights, int at, Matrix x, StoredMatrix m, Matrix y) {
        y.shape(x.rows(), m.columns());
        int i = 0;
        for (; i + 3 < x.rows(); i += 4) {
            fourRows(weights, at + i, x, m, y, i);
        }
        for (; i < x.rows(); i++) {
            int from = i * x.rowStride();
            row(weights[at + i], x.floats(), from, m, false, y.floats(), i * y.rowStride());
        }
    }

    @Override
    public void addRow(Matrix x, StoredMatrix m, Matrix y, int i) {
        row(1, x.floats(), 0, m, true, y.floats(), i * y.rowStride());
    }

    /** Four rows of Y from row i on, two vectors of columns at a time. */
    private static void fourRows(
            float[] weights, int at, Matrix factors, StoredMatrix m, Matrix result, int i) {
        float[] x = factors.floats();
        float[] y = result.floats();
        int ldx = factors.rowStride();
        int ldy = result.rowStride();
        int from = i * ldx;
        int to = i * ldy;
        MemorySegment s = m.memory();
        int n = m.columns();
        int k = m.rows();
        long ldm = m.rowBytes();
        FloatVector z = FloatVector.zero(SPECIES);
        FloatVector w0 = FloatVector.broadcast(SPECIES, weights[at]);
        FloatVector w1 = FloatVector.broadcast(SPECIES, weights[at + 1]);
        FloatVector w2 = FloatVector.broadcast(SPECIES, weights[at + 2]);
        FloatVector w3 = FloatVector.broadcast(SPECIES, weights[at + 3]);
        int j = 0;
        for (; j + W < n; j += 2 * W) {
            FloatVector a0 = z;
            FloatVector a1 = z;
            FloatVector b0 = z;
            FloatVector b1 = z;
            FloatVector c0 = z;
            FloatVector c1 = z;
            FloatVector d0 = z;
            FloatVector d1 = z;
            long t = (long) j * Float.BYTES;
            for (int l = from; l < from + k; l++, t += ldm) {
                FloatVector m0 = FloatVector.fromMemorySegment(SPECIES, s, t, LITTLE);
                FloatVector m1 = FloatVector.fromMemorySegment(SPECIES, s, t + V, LITTLE);
                FloatVector a = FloatVector.broadcast(SPECIES, x[l]);
                a0 = a.fma(m0, a0);
                a1 = a.fma(m1, a1);
                FloatVector b = FloatVector.broadcast(SPECIES, x[l + ldx]);
                b0 = b.fma(m0, b0);
                b1 = b.fma(m1, b1);
                FloatVector c = FloatVector.broadcast(SPECIES, x[l + 2 * ldx]);
                c0 = c.fma(m0, c0);
                c1 = c.fma(m1, c1);
                FloatVector d = FloatVector.broadcast(SPECIES, x[l + 3 * ldx]);
                d0 = d.fma(m0, d0);
                d1 = d.fma(m1, d1);
            }
            int u = to + j;
            a0.fma(w0, z).intoArray(y, u);
            a1.fma(w0, z).intoArray(y, u + W);
            b0.fma(w1, z).intoArray(y, u + ldy);
            b1.fma(w1, z).intoArray(y, u + ldy + W);
            c0.fma(w2, z).intoArray(y, u + 2 * ldy);
            c1.fma(w2, z).intoArray(y, u + 2 * ldy + W);
            d0.fma(w3, z).intoArray(y, u + 3 * ldy);
            d1.fma(w3, z).intoArray(y, u + 3 * ldy + W);
        }
        if (j < n) {
            FloatVector a0 = z;
            FloatVector b0 = z;
            FloatVector c0 = z;
            FloatVector d0 = z;
            long t = (long) j * Float.BYTES;
            for (int l = from; l < from + k; l++, t += ldm) {
                FloatVector m0 = FloatVector.fromMemorySegment(SPECIES, s, t, LITTLE);
                a0 = FloatVector.broadcast(SPECIES, x[l]).fma(m0, a0);
                b0 = FloatVector.broadcast(SPECIES, x[l + ldx]).fma(m0, b0);
                c0 = FloatVector.broadcast(SPECIES, x[l + 2 * ldx]).fma(m0, c0);
                d0 = FloatVector.broadcast(SPECIES, x[l + 3 * ldx]).fma(m0, d0);
            }
            int u = to + j;
            a0.fma(w0, z).intoArray(y, u);
            b0.fma(w1, z).intoArray(y, u + ldy);
            c0.fma(w2, z).intoArray(y, u + 2 * ldy);
            d0.fma(w3, z).intoArray(y, u + 3 * ldy);
        }
    }

    /** y = weight · x M, or y += weight · x M. */
    private static void row(
            float weight, float[] x, int from, StoredMatrix m, boolean add, float[] y, int to) {
        MemorySegment s = m.memory();
        int n = m.columns();
        int k = m.rows();
        long ldm = m.rowBytes();
        FloatVector w = FloatVector.broadcast(SPECIES, weight);
        FloatVector z = FloatVector.zero(SPECIES);
        int j = 0;
        for (; j + 7 * W < n; j += 8 * W) {
            FloatVector y0 = z;
            FloatVector y1 = z;
            FloatVector y2 = z;
            FloatVector y3 = z;
            FloatVector y4 = z;
            FloatVector y5 = z;
            FloatVector y6 = z;
            FloatVector y7 = z;
            long t = (long) j * Float.BYTES;
            for (int l = 0; l < k; l++, t += ldm) {
                FloatVector value = FloatVector.broadcast(SPECIES, x[from + l]);
                y0 = value.fma(FloatVector.fromMemorySegment(SPECIES, s, t, LITTLE), y0);
                y1 = value.fma(FloatVector.fromMemorySegment(SPECIES, s, t + V, LITTLE), y1);
                y2 = value.fma(FloatVector.fromMemorySegment(SPECIES, s, t + 2 * V, LITTLE), y2);
                y3 = value.fma(FloatVector.fromMemorySegment(SPECIES, s, t + 3 * V, LITTLE), y3);
                y4 = value.fma(FloatVector.fromMemorySegment(SPECIES, s, t + 4 * V, LITTLE), y4);
                y5 = value.fma(FloatVector.fromMemorySegment(SPECIES, s, t + 5 * V, LITTLE), y5);
                y6 = value.fma(FloatVector.fromMemorySegment(SPECIES, s, t + 6 * V, LITTLE), y6);
                y7 = value.fma(FloatVector.fromMemorySegment(SPECIES, s, t + 7 * V, LITTLE), y7);
            }
            int u = to + j;
            y0.fma(w, add ? FloatVector.fromArray(SPECIES, y, u) : z).intoArray(y, u);
            y1.fma(w, add ? FloatVector.fromArray(SPECIES, y, u + W) : z).intoArray(y, u + W);
            y2.fma(w, add ? FloatVector.fromArray(SPECIES, y, u + 2 * W) : z)
                    .intoArray(y, u + 2 * W);
            y3.fma(w, add ? FloatVector.fromArray(SPECIES, y, u + 3 * W) : z)
                    .intoArray(y, u + 3 * W);
            y4.fma(w, add ? FloatVector.fromArray(SPECIES, y, u + 4 * W) : z)
                    .intoArray(y, u + 4 * W);
            y5.fma(w, add ? FloatVector.fromArray(SPECIES, y, u + 5 * W) : z)
                    .intoArray(y, u + 5 * W);
            y6.fma(w, add ? FloatVector.fromArray(SPECIES, y, u + 6 * W) : z)
                    .intoArray(y, u + 6 * W);
            y7.fma(w, add ? FloatVector.fromArray(SPECIES, y, u + 7 * W) : z)
                    .intoArray(y, u + 7 * W);
        }
        for (; j + 3 * W < n; j += 4 * W) {
            FloatVector y0 = z;
            FloatVector y1 = z;
            FloatVector y2 = z;
            FloatVector y3 = z;
            long t = (long) j * Float.BYTES;
            for (int l = 0; l < k; l++, t += ldm) {
                FloatVector value = FloatVector.broadcast(SPECIES, x[from + l]);
                y0 = value.fma(FloatVector.fromMemorySegment(SPECIES, s, t, LITTLE), y0);
                y1 = value.fma(FloatVector.fromMemorySegment(SPECIES, s, t + V, LITTLE), y1);
                y2 = value.fma(FloatVector.fromMemorySegment(SPECIES, s, t + 2 * V, LITTLE), y2);
                y3 = value.fma(FloatVector.fromMemorySegment(SPECIES, s, t + 3 * V, LITTLE), y3);
            }
            int u = to + j;
            y0.fma(w, add ? FloatVector.fromArray(SPECIES, y, u) : z).intoArray(y, u);
            y1.fma(w, add ? FloatVector.fromArray(SPECIES, y, u + W) : z).intoArray(y, u + W);
            y2.fma(w, add ? FloatVector.fromArray(SPECIES, y, u + 2 * W) : z)
                    .intoArray(y, u + 2 * W);
            y3.fma(w, add ? FloatVector.fromArray(SPECIES, y, u + 3 * W) : z)
                    .intoArray(y, u + 3 * W);
        }
        for (; j < n; j += W) {
            FloatVector sum = z;
            long t = (long) j * Float.BYTES;
            for (int l = 0; l < k; l++, t += ldm) {
                FloatVector value = FloatVector.broadcast(SPECIES, x[from + l]);
                sum = value.fma(FloatVector.fromMemorySegment(SPECIES, s, t, LITTLE), sum);
            }
            int u = to + j;
            sum.fma(w, add ? FloatVector.fromArray(SPECIES, y, u) : z).intoArray(y, u);
        }
    }

    @Override
    public void multiplyRows(float[] weights, int at, Matrix x, StoredScaledMatrix m, Matrix y) {
        y.shape(x.rows(), m.columns());
        for (int i = 0; i < x.rows(); i++) {
            int from = i * x.rowStride();
            row(weights[at + i], x.floats(), from, m, y.floats(), i * y.rowStride());
        }
    }

    /** The scale of a row goes into the factor of the row. */
    private static void row(
            float weight, float[] x, int from, StoredScaledMatrix m, float[] y, int to) {
        MemorySegment s = m.memory();
        int n = m.columns();
        int rows = m.rows();
        long stride = m.rowBytes();
        FloatVector w = FloatVector.broadcast(SPECIES, weight);
        int j = 0;
        for (; j + 7 * W < n; j += 8 * W) {
            FloatVector y0 = FloatVector.zero(SPECIES);
            FloatVector y1 = y0;
            FloatVector y2 = y0;
            FloatVector y3 = y0;
            FloatVector y4 = y0;
            FloatVector y5 = y0;
            FloatVector y6 = y0;
            FloatVector y7 = y0;
            long t = m.valuesAt() + (long) j * Short.BYTES;
            for (int l = 0; l < rows; l++, t += stride) {
                float scale = s.get(Elements.Memory.F32, (long) l * Float.BYTES);
                FloatVector value = FloatVector.broadcast(SPECIES, x[from + l] * scale);
                ShortVector x0 = ShortVector.fromMemorySegment(SHORTS, s, t, LITTLE);
                y0 = value.fma(x0.convertShape(S2I, INTS, 0).convertShape(I2F, SPECIES, 0), y0);
                ShortVector x1 = ShortVector.fromMemorySegment(SHORTS, s, t + V_16, LITTLE);
                y1 = value.fma(x1.convertShape(S2I, INTS, 0).convertShape(I2F, SPECIES, 0), y1);
                ShortVector x2 = ShortVector.fromMemorySegment(SHORTS, s, t + 2 * V_16, LITTLE);
                y2 = value.fma(x2.convertShape(S2I, INTS, 0).convertShape(I2F, SPECIES, 0), y2);
                ShortVector x3 = ShortVector.fromMemorySegment(SHORTS, s, t + 3 * V_16, LITTLE);
                y3 = value.fma(x3.convertShape(S2I, INTS, 0).convertShape(I2F, SPECIES, 0), y3);
                ShortVector x4 = ShortVector.fromMemorySegment(SHORTS, s, t + 4 * V_16, LITTLE);
                y4 = value.fma(x4.convertShape(S2I, INTS, 0).convertShape(I2F, SPECIES, 0), y4);
                ShortVector x5 = ShortVector.fromMemorySegment(SHORTS, s, t + 5 * V_16, LITTLE);
                y5 = value.fma(x5.convertShape(S2I, INTS, 0).convertShape(I2F, SPECIES, 0), y5);
                ShortVector x6 = ShortVector.fromMemorySegment(SHORTS, s, t + 6 * V_16, LITTLE);
                y6 = value.fma(x6.convertShape(S2I, INTS, 0).convertShape(I2F, SPECIES, 0), y6);
                ShortVector x7 = ShortVector.fromMemorySegment(SHORTS, s, t + 7 * V_16, LITTLE);
                y7 = value.fma(x7.convertShape(S2I, INTS, 0).convertShape(I2F, SPECIES, 0), y7);
            }
            y0.mul(w).intoArray(y, to + j);
            y1.mul(w).intoArray(y, to + j + W);
            y2.mul(w).intoArray(y, to + j + 2 * W);
            y3.mul(w).intoArray(y, to + j + 3 * W);
            y4.mul(w).intoArray(y, to + j + 4 * W);
            y5.mul(w).intoArray(y, to + j + 5 * W);
            y6.mul(w).intoArray(y, to + j + 6 * W);
            y7.mul(w).intoArray(y, to + j + 7 * W);
        }
        for (; j + 3 * W < n; j += 4 * W) {
            FloatVector y0 = FloatVector.zero(SPECIES);
            FloatVector y1 = y0;
            FloatVector y2 = y0;
            FloatVector y3 = y0;
            long t = m.valuesAt() + (long) j * Short.BYTES;
            for (int l = 0; l < rows; l++, t += stride) {
                float scale = s.get(Elements.Memory.F32, (long) l * Float.BYTES);
                FloatVector value = FloatVector.broadcast(SPECIES, x[from + l] * scale);
                ShortVector x0 = ShortVector.fromMemorySegment(SHORTS, s, t, LITTLE);
                y0 = value.fma(x0.convertShape(S2I, INTS, 0).convertShape(I2F, SPECIES, 0), y0);
                ShortVector x1 = ShortVector.fromMemorySegment(SHORTS, s, t + V_16, LITTLE);
                y1 = value.fma(x1.convertShape(S2I, INTS, 0).convertShape(I2F, SPECIES, 0), y1);
                ShortVector x2 = ShortVector.fromMemorySegment(SHORTS, s, t + 2 * V_16, LITTLE);
                y2 = value.fma(x2.convertShape(S2I, INTS, 0).convertShape(I2F, SPECIES, 0), y2);
                ShortVector x3 = ShortVector.fromMemorySegment(SHORTS, s, t + 3 * V_16, LITTLE);
                y3 = value.fma(x3.convertShape(S2I, INTS, 0).convertShape(I2F, SPECIES, 0), y3);
            }
            y0.mul(w).intoArray(y, to + j);
            y1.mul(w).intoArray(y, to + j + W);
            y2.mul(w).intoArray(y, to + j + 2 * W);
            y3.mul(w).intoArray(y, to + j + 3 * W);
        }
        for (; j < n; j += W) {
            FloatVector sum = FloatVector.zero(SPECIES);
            long t = m.valuesAt() + (long) j * Short.BYTES;
            for (int l = 0; l < rows; l++, t += stride) {
                float scale = s.get(Elements.Memory.F32, (long) l * Float.BYTES);
                FloatVector value = FloatVector.broadcast(SPECIES, x[from + l] * scale);
                ShortVector bits = ShortVector.fromMemorySegment(SHORTS, s, t, LITTLE);
                sum = value.fma(bits.convertShape(S2I, INTS, 0).convertShape(I2F, SPECIES, 0), sum);
            }
            sum.mul(w).intoArray(y, to + j);
        }
    }

    @Override
    public void dots(StoredMatrix m, Matrix x, int i, float[] weights, int at, Matrix y) {
        y.shape(1, m.rows());
        MemorySegment s = m.memory();
        float[] factors = x.floats();
        int from = i * x.rowStride();
        float[] results = y.floats();
        int rows = m.rows();
        int n = m.columns();
        long ldm = m.rowBytes();
        int whole = n - n % W;
        int r = 0;
        for (; r + 3 < rows; r += 4) {
            long t = r * ldm;
            FloatVector a = FloatVector.zero(SPECIES);
            FloatVector b = a;
            FloatVector c = a;
            FloatVector d = a;
            for (int j = 0; j < whole; j += W, t += V) {
                FloatVector value = FloatVector.fromArray(SPECIES, factors, from + j);
                a = value.fma(FloatVector.fromMemorySegment(SPECIES, s, t, LITTLE), a);
                b = value.fma(FloatVector.fromMemorySegment(SPECIES, s, t + ldm, LITTLE), b);
                c = value.fma(FloatVector.fromMemorySegment(SPECIES, s, t + 2 * ldm, LITTLE), c);
                d = value.fma(FloatVector.fromMemorySegment(SPECIES, s, t + 3 * ldm, LITTLE), d);
            }
            results[r] = sum(a);
            results[r + 1] = sum(b);
            results[r + 2] = sum(c);
            results[r + 3] = sum(d);
        }
        for (; r < rows; r++) {
            long t = r * ldm;
            FloatVector sums = FloatVector.zero(SPECIES);
            for (int j = 0; j < whole; j += W, t += V) {
                FloatVector value = FloatVector.fromArray(SPECIES, factors, from + j);
                sums = value.fma(FloatVector.fromMemorySegment(SPECIES, s, t, LITTLE), sums);
            }
            results[r] = sum(sums);
        }
        for (r = 0; r < rows; r++) {
            for (int j = whole; j < n; j++) {
                float element = s.get(Elements.Memory.F32, r * ldm + (long) j * Float.BYTES);
                results[r] += element * factors[from + j];
            }
            results[r] *= weights[at + r];
        }
    }

    /**
     * The sum of the lanes in one fixed order; {@code reduceLanes} leaves the order open. In a loop
     * the compiler would put every x on the heap.
     */
    private static float sum(FloatVector x) {
        FloatVector y = W > 8 ? x.add(x.rearrange(BY_8)) : x;
        y = W > 4 ? y.add(y.rearrange(BY_4)) : y;
        y = W > 2 ? y.add(y.rearrange(BY_2)) : y;
        return y.add(y.rearrange(BY_1)).lane(0);
    }
}
