package io.github.lightning4j.models.arithmetic;

import io.github.lightning4j.DType;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/**
 * {@link Kernels} on the Vector API, in the widest vectors there are.
 *
 * <p>Each element of a product is a sum of its own, a vector along the terms: weights lie so in a
 * checkpoint, and need no transposing. A tile of six rows of A and four of B has 24 sums in 32
 * registers and ten loads for them; where there are 16 registers it is two rows of A.
 */
final class VectorKernels implements Kernels {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = SPECIES.withLanes(int.class);
    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(
                    short.class, VectorShape.forBitSize(Math.max(64, SPECIES.vectorBitSize() / 2)));
    private static final int W = SPECIES.length();
    private static final boolean MANY_REGISTERS = SPECIES.vectorBitSize() == 512;
    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
    private static final VectorShuffle<Float> BY_8 = rotation(8);
    private static final VectorShuffle<Float> BY_4 = rotation(4);
    private static final VectorShuffle<Float> BY_2 = rotation(2);
    private static final VectorShuffle<Float> BY_1 = rotation(1);
    private static final ScalarKernels REST = new ScalarKernels();

    private static final float LOG2_E = (float) (1 / Math.log(2));
    private static final float LN_2_HIGH = 355f / 512;
    private static final float LN_2_LOW = (float) (Math.log(2) - LN_2_HIGH);
    private static final float ROUNDER = 0x1.8p23f;

    private static VectorShuffle<Float> rotation(int distance) {
        return VectorShuffle.iota(SPECIES, distance % W, 1, true);
    }

    @Override
    public int lanes() {
        return W;
    }

    @Override
    public void widen(MemorySegment weights, DType dtype, long from, float[] to, int at, int n) {
        int whole = dtype == DType.F32 ? 0 : n - n % W;
        for (int i = 0; i < whole; i += W) {
            ShortVector bits =
                    ShortVector.fromMemorySegment(SHORTS, weights, 2 * (from + i), LITTLE);
            IntVector wide =
                    (IntVector) bits.convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
            FloatVector floats =
                    dtype == DType.BF16
                            ? wide.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats()
                            : float16(wide);
            floats.intoArray(to, at + i);
        }
        REST.widen(weights, dtype, from + whole, to, at + whole, n - whole);
    }

    /**
     * Exponent and fraction move to their places in a binary32, and a power of two makes up for the
     * other bias; that also holds for subnormal numbers. The largest exponent, of infinities and
     * NaN, is put in by hand.
     */
    private static FloatVector float16(IntVector bits) {
        IntVector magnitude = bits.and(0x7fff).lanewise(VectorOperators.LSHL, 13);
        FloatVector scaled = magnitude.reinterpretAsFloats().mul(0x1p112f);
        VectorMask<Integer> special = bits.and(0x7c00).compare(VectorOperators.EQ, 0x7c00);
        IntVector finite = scaled.reinterpretAsInts();
        IntVector all = finite.blend(magnitude.or(0x7f800000), special);
        IntVector sign = bits.and(0x8000).lanewise(VectorOperators.LSHL, 16);
        return all.or(sign).reinterpretAsFloats();
    }

    @Override
    public void multiply(Rows a, Rows b, Rows c, int length, boolean add) {
        int step = MANY_REGISTERS ? 6 : 2;
        int i = 0;
        for (; i <= a.count() - step; i += step) {
            int j = 0;
            for (; j <= b.count() - 4; j += 4) {
                if (MANY_REGISTERS) {
                    sixByFour(a, i, b, j, c, length, add);
                } else {
                    twoByFour(a, i, b, j, c, length, add);
                }
            }
            for (; j < b.count(); j++) {
                for (int t = 0; t < step; t++) {
                    one(a, i + t, b, j, c, length, add);
                }
            }
        }
        for (; i < a.count(); i++) {
            int j = 0;
            for (; j <= b.count() - 4; j += 4) {
                oneByFour(a, i, b, j, c, length, add);
            }
            for (; j < b.count(); j++) {
                one(a, i, b, j, c, length, add);
            }
        }
    }

    /** Six rows of A by four of B. */
    private static void sixByFour(Rows a, int i, Rows b, int j, Rows c, int length, boolean add) {
        float[] x = a.floats();
        float[] y = b.floats();
        int ldx = a.stride();
        int ldy = b.stride();
        int p = a.at() + i * ldx;
        int q = b.at() + j * ldy;
        int whole = length - length % W;
        FloatVector s00 = FloatVector.zero(SPECIES);
        FloatVector s01 = s00;
        FloatVector s02 = s00;
        FloatVector s03 = s00;
        FloatVector s10 = s00;
        FloatVector s11 = s00;
        FloatVector s12 = s00;
        FloatVector s13 = s00;
        FloatVector s20 = s00;
        FloatVector s21 = s00;
        FloatVector s22 = s00;
        FloatVector s23 = s00;
        FloatVector s30 = s00;
        FloatVector s31 = s00;
        FloatVector s32 = s00;
        FloatVector s33 = s00;
        FloatVector s40 = s00;
        FloatVector s41 = s00;
        FloatVector s42 = s00;
        FloatVector s43 = s00;
        FloatVector s50 = s00;
        FloatVector s51 = s00;
        FloatVector s52 = s00;
        FloatVector s53 = s00;
        for (int l = 0; l < whole; l += W) {
            FloatVector b0 = FloatVector.fromArray(SPECIES, y, q + l);
            FloatVector b1 = FloatVector.fromArray(SPECIES, y, q + ldy + l);
            FloatVector b2 = FloatVector.fromArray(SPECIES, y, q + 2 * ldy + l);
            FloatVector b3 = FloatVector.fromArray(SPECIES, y, q + 3 * ldy + l);
            FloatVector a0 = FloatVector.fromArray(SPECIES, x, p + l);
            s00 = a0.fma(b0, s00);
            s01 = a0.fma(b1, s01);
            s02 = a0.fma(b2, s02);
            s03 = a0.fma(b3, s03);
            FloatVector a1 = FloatVector.fromArray(SPECIES, x, p + ldx + l);
            s10 = a1.fma(b0, s10);
            s11 = a1.fma(b1, s11);
            s12 = a1.fma(b2, s12);
            s13 = a1.fma(b3, s13);
            FloatVector a2 = FloatVector.fromArray(SPECIES, x, p + 2 * ldx + l);
            s20 = a2.fma(b0, s20);
            s21 = a2.fma(b1, s21);
            s22 = a2.fma(b2, s22);
            s23 = a2.fma(b3, s23);
            FloatVector a3 = FloatVector.fromArray(SPECIES, x, p + 3 * ldx + l);
            s30 = a3.fma(b0, s30);
            s31 = a3.fma(b1, s31);
            s32 = a3.fma(b2, s32);
            s33 = a3.fma(b3, s33);
            FloatVector a4 = FloatVector.fromArray(SPECIES, x, p + 4 * ldx + l);
            s40 = a4.fma(b0, s40);
            s41 = a4.fma(b1, s41);
            s42 = a4.fma(b2, s42);
            s43 = a4.fma(b3, s43);
            FloatVector a5 = FloatVector.fromArray(SPECIES, x, p + 5 * ldx + l);
            s50 = a5.fma(b0, s50);
            s51 = a5.fma(b1, s51);
            s52 = a5.fma(b2, s52);
            s53 = a5.fma(b3, s53);
        }
        store(a, i, b, j, c, length, whole, sum(s00), add);
        store(a, i, b, j + 1, c, length, whole, sum(s01), add);
        store(a, i, b, j + 2, c, length, whole, sum(s02), add);
        store(a, i, b, j + 3, c, length, whole, sum(s03), add);
        store(a, i + 1, b, j, c, length, whole, sum(s10), add);
        store(a, i + 1, b, j + 1, c, length, whole, sum(s11), add);
        store(a, i + 1, b, j + 2, c, length, whole, sum(s12), add);
        store(a, i + 1, b, j + 3, c, length, whole, sum(s13), add);
        store(a, i + 2, b, j, c, length, whole, sum(s20), add);
        store(a, i + 2, b, j + 1, c, length, whole, sum(s21), add);
        store(a, i + 2, b, j + 2, c, length, whole, sum(s22), add);
        store(a, i + 2, b, j + 3, c, length, whole, sum(s23), add);
        store(a, i + 3, b, j, c, length, whole, sum(s30), add);
        store(a, i + 3, b, j + 1, c, length, whole, sum(s31), add);
        store(a, i + 3, b, j + 2, c, length, whole, sum(s32), add);
        store(a, i + 3, b, j + 3, c, length, whole, sum(s33), add);
        store(a, i + 4, b, j, c, length, whole, sum(s40), add);
        store(a, i + 4, b, j + 1, c, length, whole, sum(s41), add);
        store(a, i + 4, b, j + 2, c, length, whole, sum(s42), add);
        store(a, i + 4, b, j + 3, c, length, whole, sum(s43), add);
        store(a, i + 5, b, j, c, length, whole, sum(s50), add);
        store(a, i + 5, b, j + 1, c, length, whole, sum(s51), add);
        store(a, i + 5, b, j + 2, c, length, whole, sum(s52), add);
        store(a, i + 5, b, j + 3, c, length, whole, sum(s53), add);
    }

    /** Two rows of A by four of B. */
    private static void twoByFour(Rows a, int i, Rows b, int j, Rows c, int length, boolean add) {
        float[] x = a.floats();
        float[] y = b.floats();
        int ldx = a.stride();
        int ldy = b.stride();
        int p = a.at() + i * ldx;
        int q = b.at() + j * ldy;
        int whole = length - length % W;
        FloatVector s00 = FloatVector.zero(SPECIES);
        FloatVector s01 = s00;
        FloatVector s02 = s00;
        FloatVector s03 = s00;
        FloatVector s10 = s00;
        FloatVector s11 = s00;
        FloatVector s12 = s00;
        FloatVector s13 = s00;
        for (int l = 0; l < whole; l += W) {
            FloatVector b0 = FloatVector.fromArray(SPECIES, y, q + l);
            FloatVector b1 = FloatVector.fromArray(SPECIES, y, q + ldy + l);
            FloatVector b2 = FloatVector.fromArray(SPECIES, y, q + 2 * ldy + l);
            FloatVector b3 = FloatVector.fromArray(SPECIES, y, q + 3 * ldy + l);
            FloatVector a0 = FloatVector.fromArray(SPECIES, x, p + l);
            s00 = a0.fma(b0, s00);
            s01 = a0.fma(b1, s01);
            s02 = a0.fma(b2, s02);
            s03 = a0.fma(b3, s03);
            FloatVector a1 = FloatVector.fromArray(SPECIES, x, p + ldx + l);
            s10 = a1.fma(b0, s10);
            s11 = a1.fma(b1, s11);
            s12 = a1.fma(b2, s12);
            s13 = a1.fma(b3, s13);
        }
        store(a, i, b, j, c, length, whole, sum(s00), add);
        store(a, i, b, j + 1, c, length, whole, sum(s01), add);
        store(a, i, b, j + 2, c, length, whole, sum(s02), add);
        store(a, i, b, j + 3, c, length, whole, sum(s03), add);
        store(a, i + 1, b, j, c, length, whole, sum(s10), add);
        store(a, i + 1, b, j + 1, c, length, whole, sum(s11), add);
        store(a, i + 1, b, j + 2, c, length, whole, sum(s12), add);
        store(a, i + 1, b, j + 3, c, length, whole, sum(s13), add);
    }

    /** One row of A by four of B. */
    private static void oneByFour(Rows a, int i, Rows b, int j, Rows c, int length, boolean add) {
        float[] x = a.floats();
        float[] y = b.floats();
        int ldx = a.stride();
        int ldy = b.stride();
        int p = a.at() + i * ldx;
        int q = b.at() + j * ldy;
        int whole = length - length % W;
        FloatVector s00 = FloatVector.zero(SPECIES);
        FloatVector s01 = s00;
        FloatVector s02 = s00;
        FloatVector s03 = s00;
        for (int l = 0; l < whole; l += W) {
            FloatVector b0 = FloatVector.fromArray(SPECIES, y, q + l);
            FloatVector b1 = FloatVector.fromArray(SPECIES, y, q + ldy + l);
            FloatVector b2 = FloatVector.fromArray(SPECIES, y, q + 2 * ldy + l);
            FloatVector b3 = FloatVector.fromArray(SPECIES, y, q + 3 * ldy + l);
            FloatVector a0 = FloatVector.fromArray(SPECIES, x, p + l);
            s00 = a0.fma(b0, s00);
            s01 = a0.fma(b1, s01);
            s02 = a0.fma(b2, s02);
            s03 = a0.fma(b3, s03);
        }
        store(a, i, b, j, c, length, whole, sum(s00), add);
        store(a, i, b, j + 1, c, length, whole, sum(s01), add);
        store(a, i, b, j + 2, c, length, whole, sum(s02), add);
        store(a, i, b, j + 3, c, length, whole, sum(s03), add);
    }

    /** One row of A by one of B. */
    private static void one(Rows a, int i, Rows b, int j, Rows c, int length, boolean add) {
        float[] x = a.floats();
        float[] y = b.floats();
        int ldx = a.stride();
        int ldy = b.stride();
        int p = a.at() + i * ldx;
        int q = b.at() + j * ldy;
        int whole = length - length % W;
        FloatVector s00 = FloatVector.zero(SPECIES);
        for (int l = 0; l < whole; l += W) {
            FloatVector b0 = FloatVector.fromArray(SPECIES, y, q + l);
            FloatVector a0 = FloatVector.fromArray(SPECIES, x, p + l);
            s00 = a0.fma(b0, s00);
        }
        store(a, i, b, j, c, length, whole, sum(s00), add);
    }

    /** Adds the terms that do not fill a vector, and stores the sum. */
    private static void store(
            Rows a, int i, Rows b, int j, Rows c, int length, int whole, float sum, boolean add) {
        float total = sum;
        int p = a.at() + i * a.stride();
        int q = b.at() + j * b.stride();
        for (int l = whole; l < length; l++) {
            total = Math.fma(a.floats()[p + l], b.floats()[q + l], total);
        }
        int at = c.at() + i * c.stride() + j;
        c.floats()[at] = add ? c.floats()[at] + total : total;
    }

    /** The sum of the lanes in one fixed order; {@code reduceLanes} leaves the order open. */
    private static float sum(FloatVector x) {
        FloatVector y = W > 8 ? x.add(x.rearrange(BY_8)) : x;
        y = W > 4 ? y.add(y.rearrange(BY_4)) : y;
        y = W > 2 ? y.add(y.rearrange(BY_2)) : y;
        return y.add(y.rearrange(BY_1)).lane(0);
    }

    @Override
    public void silu(float[] x, int from, int to) {
        int i = from;
        for (; i <= to - W; i += W) {
            FloatVector value = FloatVector.fromArray(SPECIES, x, i);
            value.div(exp(value.neg()).add(1)).intoArray(x, i);
        }
        REST.silu(x, i, to);
    }

    @Override
    public void gate(float[] x, float[] y, int from, int to) {
        int i = from;
        for (; i <= to - W; i += W) {
            FloatVector value = FloatVector.fromArray(SPECIES, x, i);
            FloatVector.fromArray(SPECIES, y, i).div(exp(value.neg()).add(1)).intoArray(y, i);
        }
        REST.gate(x, y, i, to);
    }

    /**
     * e^x within 2 ulp for −87.3 ≤ x ≤ 88.7, bounded outside: 2^n e^r with r = x − n ln 2, |r| ≤ ln
     * 2 / 2, and the Taylor polynomial of degree 7.
     */
    private static FloatVector exp(FloatVector x) {
        FloatVector bounded = x.min(88.7f).max(-87.3f);
        // Adding and taking away 1.5 · 2^23 rounds to the nearest integer.
        FloatVector n = bounded.mul(LOG2_E).add(ROUNDER).sub(ROUNDER);
        FloatVector r = n.fma(FloatVector.broadcast(SPECIES, -LN_2_HIGH), bounded);
        r = n.fma(FloatVector.broadcast(SPECIES, -LN_2_LOW), r);
        FloatVector sum = FloatVector.broadcast(SPECIES, 1f / 5040);
        sum = sum.fma(r, FloatVector.broadcast(SPECIES, 1f / 720));
        sum = sum.fma(r, FloatVector.broadcast(SPECIES, 1f / 120));
        sum = sum.fma(r, FloatVector.broadcast(SPECIES, 1f / 24));
        sum = sum.fma(r, FloatVector.broadcast(SPECIES, 1f / 6));
        sum = sum.fma(r, FloatVector.broadcast(SPECIES, 0.5f));
        sum = sum.fma(r, FloatVector.broadcast(SPECIES, 1));
        sum = sum.fma(r, FloatVector.broadcast(SPECIES, 1));
        IntVector exponent = (IntVector) n.convertShape(VectorOperators.F2I, INTS, 0);
        IntVector power = exponent.add(127).lanewise(VectorOperators.LSHL, 23);
        // min and max hide a NaN; x says where one was.
        return sum.mul(power.reinterpretAsFloats()).blend(x, x.test(VectorOperators.IS_NAN));
    }
}
