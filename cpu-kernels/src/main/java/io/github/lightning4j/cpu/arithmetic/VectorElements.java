package io.github.lightning4j.cpu.arithmetic;

import io.github.lightning4j.DType;
import io.github.lightning4j.FeatureMap;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;

/**
 * {@link Elements} on the Vector API, one species a class: {@link VectorWidths} defines it anew for
 * each. Matrices are transposed in registers with 16 lanes, by gathers with fewer.
 */
final class VectorElements implements Elements {
    private static final VectorSpecies<Float> SPECIES =
            VectorWidths.ClassData.of(MethodHandles.lookup()).species();
    private static final VectorSpecies<Integer> INTS = SPECIES.withLanes(int.class);
    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(
                    short.class, VectorShape.forBitSize(Math.max(64, SPECIES.vectorBitSize() / 2)));
    private static final int W = SPECIES.length();
    private static final IntVector LANES = IntVector.zero(INTS).addIndex(1);
    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
    private static final float LOG2_E = (float) (1 / Math.log(2));
    private static final float LN_2_HIGH = 355f / 512;
    private static final float LN_2_LOW = (float) (Math.log(2) - LN_2_HIGH);
    private static final float ROUNDER = 0x1.8p23f;
    private static final VectorShuffle<Float> SWAP_1 = swap(1);
    private static final VectorShuffle<Float> SWAP_2 = swap(2);
    private static final VectorShuffle<Float> SWAP_4 = swap(4);
    private static final VectorShuffle<Float> SWAP_8 = swap(8);
    private static final VectorMask<Float> UPPER_1 = upper(1);
    private static final VectorMask<Float> UPPER_2 = upper(2);
    private static final VectorMask<Float> UPPER_4 = upper(4);
    private static final VectorMask<Float> UPPER_8 = upper(8);

    VectorElements() {}

    @Override
    public void loadBFloat16(MemorySegment source, long offset, float[] x, int at, int n) {
        int whole = n - n % W;
        for (int i = 0; i < whole; i += W) {
            ShortVector bits =
                    ShortVector.fromMemorySegment(SHORTS, source, offset + 2L * i, LITTLE);
            IntVector wide =
                    (IntVector) bits.convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
            wide.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().intoArray(x, at + i);
        }
        Elements.super.loadBFloat16(source, offset + 2L * whole, x, at + whole, n - whole);
    }

    @Override
    public void storeBFloat16(float[] x, int at, int n, MemorySegment target, long offset) {
        int whole = n - n % W;
        for (int i = 0; i < whole; i += W) {
            bFloat16(FloatVector.fromArray(SPECIES, x, at + i).reinterpretAsInts())
                    .intoMemorySegment(target, offset + 2L * i, LITTLE);
        }
        Elements.super.storeBFloat16(x, at + whole, n - whole, target, offset + 2L * whole);
    }

    /** As {@link DType#floatToBFloat16}: to the nearest, ties to even; NaN stays NaN. */
    private static ShortVector bFloat16(IntVector bits) {
        IntVector half = bits.lanewise(VectorOperators.LSHR, 16);
        VectorMask<Integer> nan = bits.and(0x7fffffff).compare(VectorOperators.GT, 0x7f800000);
        IntVector rounded = bits.add(0x7fff).add(half.and(1)).lanewise(VectorOperators.LSHR, 16);
        return (ShortVector)
                rounded.blend(half.or(0x40), nan).convertShape(VectorOperators.I2S, SHORTS, 0);
    }

    @Override
    public void apply(FeatureMap map, Matrix matrix, int from, int to) {
        if (map == FeatureMap.IDENTITY) {
            return;
        }
        // Rows are padded to whole vectors; what the padding holds does not matter.
        float[] x = matrix.floats();
        int end = to * matrix.rowStride();
        for (int i = from * matrix.rowStride(); i < end; i += W) {
            FloatVector value = FloatVector.fromArray(SPECIES, x, i);
            switch (map) {
                case RELU -> value.max(0).intoArray(x, i);
                case SILU -> value.div(exp(value.neg()).add(1)).intoArray(x, i);
                default ->
                        exp(value.min(0))
                                .blend(value.add(1), value.compare(VectorOperators.GT, 0))
                                .intoArray(x, i);
            }
        }
    }

    @Override
    public void chain(FeatureMap map, Matrix matrix, Matrix gradient) {
        if (map == FeatureMap.IDENTITY) {
            return;
        }
        float[] x = matrix.floats();
        float[] y = gradient.floats();
        int n = matrix.size();
        for (int i = 0; i < n; i += W) {
            FloatVector value = FloatVector.fromArray(SPECIES, x, i);
            FloatVector zero = FloatVector.zero(SPECIES);
            VectorMask<Float> positive = value.compare(VectorOperators.GT, 0);
            FloatVector derivative =
                    switch (map) {
                        case RELU -> zero.blend(1, positive);
                        case SILU -> {
                            FloatVector one = FloatVector.broadcast(SPECIES, 1);
                            FloatVector sigmoid = one.div(exp(value.neg()).add(1));
                            yield one.sub(sigmoid).mul(value).add(1).mul(sigmoid);
                        }
                        default -> exp(value.min(0)).blend(1, positive);
                    };
            FloatVector.fromArray(SPECIES, y, i).mul(derivative).intoArray(y, i);
        }
    }

    /**
     * e^x within 2 ulp: 2^n e^r with r = x − n ln 2, |r| ≤ ln 2 / 2, and the Taylor polynomial of
     * degree 7. {@link VectorOperators#EXP} would do, but it gives different bits when interpreted
     * than when compiled.
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
        FloatVector power =
                exponent.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
        // min and max hide a NaN; x says where one was.
        return sum.mul(power).blend(x, x.test(VectorOperators.IS_NAN));
    }

    @Override
    public void scaleRows(Matrix x, float[] weights, int at, Matrix y) {
        y.shape(x.rows(), x.columns());
        float[] from = x.floats();
        float[] to = y.floats();
        int cols = x.columns();
        int ld = x.rowStride();
        for (int i = 0; i < x.rows(); i++) {
            FloatVector weight = FloatVector.broadcast(SPECIES, weights[at + i]);
            for (int j = i * ld; j < i * ld + cols; j += W) {
                FloatVector.fromArray(SPECIES, from, j).mul(weight).intoArray(to, j);
            }
        }
    }

    @Override
    public void mask(Matrix matrix, float[] decay, int reach) {
        float[] p = matrix.floats();
        int ld = matrix.rowStride();
        for (int i = 0; i < matrix.rows(); i++) {
            for (int j = 0; j <= i; j += W) {
                FloatVector weight = FloatVector.fromArray(SPECIES, decay, reach - i + j);
                FloatVector.fromArray(SPECIES, p, i * ld + j).mul(weight).intoArray(p, i * ld + j);
            }
        }
    }

    @Override
    public void advance(Matrix s, Matrix u, int from, int to, float fade, float keep) {
        float[] x = s.floats();
        float[] y = u.floats();
        FloatVector fades = FloatVector.broadcast(SPECIES, fade);
        FloatVector keeps = FloatVector.broadcast(SPECIES, keep);
        for (int i = from; i < to; i += W) {
            FloatVector old = FloatVector.fromArray(SPECIES, x, i);
            step(old, FloatVector.fromArray(SPECIES, y, i), fades, keeps).intoArray(x, i);
        }
    }

    @Override
    public void advanceExchanging(Matrix s, Matrix u, int from, int to, float fade, float keep) {
        float[] x = s.floats();
        float[] y = u.floats();
        FloatVector fades = FloatVector.broadcast(SPECIES, fade);
        FloatVector keeps = FloatVector.broadcast(SPECIES, keep);
        for (int i = from; i < to; i += W) {
            FloatVector old = FloatVector.fromArray(SPECIES, x, i);
            step(old, FloatVector.fromArray(SPECIES, y, i), fades, keeps).intoArray(x, i);
            old.intoArray(y, i);
        }
    }

    private static FloatVector step(
            FloatVector s, FloatVector u, FloatVector fade, FloatVector keep) {
        return s.fma(keep, s.fma(fade, u));
    }

    @Override
    public void widen(ScaledMatrix m, Matrix s) {
        s.shape(m.rows(), m.columns());
        float[] x = s.floats();
        int ldm = m.rowStride();
        for (int i = 0; i < m.rows(); i++) {
            FloatVector scale = FloatVector.broadcast(SPECIES, m.scales[i]);
            for (int j = 0; j < m.columns(); j += W) {
                IntVector whole =
                        (IntVector)
                                ShortVector.fromArray(SHORTS, m.values, i * ldm + j)
                                        .convertShape(VectorOperators.S2I, INTS, 0);
                FloatVector value =
                        (FloatVector) whole.convertShape(VectorOperators.I2F, SPECIES, 0);
                value.mul(scale).intoArray(x, i * s.rowStride() + j);
            }
        }
    }

    @Override
    public void narrow(Matrix s, ScaledMatrix m, int key) {
        float[] x = s.floats();
        int n = m.columns();
        int whole = n - n % W;
        for (int i = 0; i < m.rows(); i++) {
            int row = i * s.rowStride();
            IntVector most = IntVector.zero(INTS);
            for (int j = 0; j < whole; j += W) {
                FloatVector value = FloatVector.fromArray(SPECIES, x, row + j);
                most = most.max(value.reinterpretAsInts().and(Integer.MAX_VALUE));
            }
            int largest = most.reduceLanes(VectorOperators.MAX);
            for (int j = whole; j < n; j++) {
                largest = Math.max(largest, ScaledMatrix.magnitude(x[row + j]));
            }
            m.scales[i] = ScaledMatrix.scale(largest);
            float inverse = 1 / m.scales[i];
            for (int j = 0; j < whole; j += 4 * ScaledMatrix.APART) {
                for (int part = j; part < j + ScaledMatrix.APART && part < whole; part += W) {
                    IntVector numbers = hash(m.number(i, part), key);
                    for (int c = part;
                            c < Math.min(whole, j + 4 * ScaledMatrix.APART);
                            c += ScaledMatrix.APART) {
                        FloatVector t = FloatVector.fromArray(SPECIES, x, row + c);
                        round(t, inverse, numbers).intoArray(m.values, i * m.rowStride() + c);
                        numbers = numbers.lanewise(VectorOperators.LSHR, 8);
                    }
                }
            }
            Elements.narrowRow(s, m, i, whole, key);
        }
    }

    /** As {@link ScaledMatrix#round} of t times the inverse, the chance in the lowest byte. */
    private static ShortVector round(FloatVector t, float inverse, IntVector chance) {
        FloatVector chances =
                (FloatVector) chance.and(255).convertShape(VectorOperators.I2F, SPECIES, 0);
        FloatVector above =
                chances.fma(
                        FloatVector.broadcast(SPECIES, ScaledMatrix.CHANCE),
                        FloatVector.broadcast(SPECIES, ScaledMatrix.ABOVE));
        FloatVector sum = t.fma(FloatVector.broadcast(SPECIES, inverse), above);
        IntVector whole = (IntVector) sum.convertShape(VectorOperators.F2I, INTS, 0);
        IntVector bounded =
                whole.sub(ScaledMatrix.ABOVE).min(Short.MAX_VALUE).max(-Short.MAX_VALUE);
        return (ShortVector) bounded.convertShape(VectorOperators.I2S, SHORTS, 0);
    }

    /** As {@link ScaledMatrix#hash}, of as many numbers as there are lanes. */
    private static IntVector hash(int number, int key) {
        IntVector x = LANES.add(number).mul(0x9E3779B9).lanewise(VectorOperators.XOR, key);
        x = x.lanewise(VectorOperators.XOR, x.lanewise(VectorOperators.LSHR, 16)).mul(0x7feb352d);
        x = x.lanewise(VectorOperators.XOR, x.lanewise(VectorOperators.LSHR, 15)).mul(0x846ca68b);
        return x.lanewise(VectorOperators.XOR, x.lanewise(VectorOperators.LSHR, 16));
    }

    @Override
    public void transpose(Matrix matrix, Matrix result) {
        result.shape(matrix.columns(), matrix.rows());
        float[] x = matrix.floats();
        float[] t = result.floats();
        int ldx = matrix.rowStride();
        int ldt = result.rowStride();
        int rows = matrix.rows();
        int cols = matrix.columns();
        if (W == 16) {
            for (int i = 0; i < rows; i += W) {
                for (int j = 0; j < cols; j += W) {
                    transpose16x16(x, i * ldx + j, ldx, t, j * ldt + i, ldt);
                }
            }
            return;
        }
        int[] column = new int[W];
        Arrays.setAll(column, lane -> lane * ldx);
        for (int i = 0; i < rows; i += W) {
            for (int j = 0; j < cols; j++) {
                FloatVector.fromArray(SPECIES, x, i * ldx + j, column, 0).intoArray(t, j * ldt + i);
            }
        }
    }

    /** Exchanges neighbouring runs of {@code run} lanes. */
    private static VectorShuffle<Float> swap(int run) {
        IntUnaryOperator partner = lane -> (lane ^ run) % W;
        return VectorShuffle.fromOp(SPECIES, partner);
    }

    /** The second of each two neighbouring runs of {@code run} lanes. */
    private static VectorMask<Float> upper(int run) {
        boolean[] lanes = new boolean[W];
        for (int lane = 0; lane < W; lane++) {
            lanes[lane] = (lane & run) != 0;
        }
        return VectorMask.fromArray(SPECIES, lanes, 0);
    }

    /**
     * The tile at p of x, transposed to q of t: exchanges halves, quarters, eighths, sixteenths.
     */
    private static void transpose16x16(float[] x, int p, int ldx, float[] t, int q, int ldt) {
        FloatVector r0 = FloatVector.fromArray(SPECIES, x, p);
        FloatVector r1 = FloatVector.fromArray(SPECIES, x, p + ldx);
        FloatVector r2 = FloatVector.fromArray(SPECIES, x, p + 2 * ldx);
        FloatVector r3 = FloatVector.fromArray(SPECIES, x, p + 3 * ldx);
        FloatVector r4 = FloatVector.fromArray(SPECIES, x, p + 4 * ldx);
        FloatVector r5 = FloatVector.fromArray(SPECIES, x, p + 5 * ldx);
        FloatVector r6 = FloatVector.fromArray(SPECIES, x, p + 6 * ldx);
        FloatVector r7 = FloatVector.fromArray(SPECIES, x, p + 7 * ldx);
        FloatVector r8 = FloatVector.fromArray(SPECIES, x, p + 8 * ldx);
        FloatVector r9 = FloatVector.fromArray(SPECIES, x, p + 9 * ldx);
        FloatVector r10 = FloatVector.fromArray(SPECIES, x, p + 10 * ldx);
        FloatVector r11 = FloatVector.fromArray(SPECIES, x, p + 11 * ldx);
        FloatVector r12 = FloatVector.fromArray(SPECIES, x, p + 12 * ldx);
        FloatVector r13 = FloatVector.fromArray(SPECIES, x, p + 13 * ldx);
        FloatVector r14 = FloatVector.fromArray(SPECIES, x, p + 14 * ldx);
        FloatVector r15 = FloatVector.fromArray(SPECIES, x, p + 15 * ldx);
        FloatVector d0 = r0.blend(r8.rearrange(SWAP_8), UPPER_8);
        FloatVector d8 = r0.rearrange(SWAP_8).blend(r8, UPPER_8);
        FloatVector d1 = r1.blend(r9.rearrange(SWAP_8), UPPER_8);
        FloatVector d9 = r1.rearrange(SWAP_8).blend(r9, UPPER_8);
        FloatVector d2 = r2.blend(r10.rearrange(SWAP_8), UPPER_8);
        FloatVector d10 = r2.rearrange(SWAP_8).blend(r10, UPPER_8);
        FloatVector d3 = r3.blend(r11.rearrange(SWAP_8), UPPER_8);
        FloatVector d11 = r3.rearrange(SWAP_8).blend(r11, UPPER_8);
        FloatVector d4 = r4.blend(r12.rearrange(SWAP_8), UPPER_8);
        FloatVector d12 = r4.rearrange(SWAP_8).blend(r12, UPPER_8);
        FloatVector d5 = r5.blend(r13.rearrange(SWAP_8), UPPER_8);
        FloatVector d13 = r5.rearrange(SWAP_8).blend(r13, UPPER_8);
        FloatVector d6 = r6.blend(r14.rearrange(SWAP_8), UPPER_8);
        FloatVector d14 = r6.rearrange(SWAP_8).blend(r14, UPPER_8);
        FloatVector d7 = r7.blend(r15.rearrange(SWAP_8), UPPER_8);
        FloatVector d15 = r7.rearrange(SWAP_8).blend(r15, UPPER_8);
        FloatVector c0 = d0.blend(d4.rearrange(SWAP_4), UPPER_4);
        FloatVector c4 = d0.rearrange(SWAP_4).blend(d4, UPPER_4);
        FloatVector c1 = d1.blend(d5.rearrange(SWAP_4), UPPER_4);
        FloatVector c5 = d1.rearrange(SWAP_4).blend(d5, UPPER_4);
        FloatVector c2 = d2.blend(d6.rearrange(SWAP_4), UPPER_4);
        FloatVector c6 = d2.rearrange(SWAP_4).blend(d6, UPPER_4);
        FloatVector c3 = d3.blend(d7.rearrange(SWAP_4), UPPER_4);
        FloatVector c7 = d3.rearrange(SWAP_4).blend(d7, UPPER_4);
        FloatVector c8 = d8.blend(d12.rearrange(SWAP_4), UPPER_4);
        FloatVector c12 = d8.rearrange(SWAP_4).blend(d12, UPPER_4);
        FloatVector c9 = d9.blend(d13.rearrange(SWAP_4), UPPER_4);
        FloatVector c13 = d9.rearrange(SWAP_4).blend(d13, UPPER_4);
        FloatVector c10 = d10.blend(d14.rearrange(SWAP_4), UPPER_4);
        FloatVector c14 = d10.rearrange(SWAP_4).blend(d14, UPPER_4);
        FloatVector c11 = d11.blend(d15.rearrange(SWAP_4), UPPER_4);
        FloatVector c15 = d11.rearrange(SWAP_4).blend(d15, UPPER_4);
        FloatVector b0 = c0.blend(c2.rearrange(SWAP_2), UPPER_2);
        FloatVector b2 = c0.rearrange(SWAP_2).blend(c2, UPPER_2);
        FloatVector b1 = c1.blend(c3.rearrange(SWAP_2), UPPER_2);
        FloatVector b3 = c1.rearrange(SWAP_2).blend(c3, UPPER_2);
        FloatVector b4 = c4.blend(c6.rearrange(SWAP_2), UPPER_2);
        FloatVector b6 = c4.rearrange(SWAP_2).blend(c6, UPPER_2);
        FloatVector b5 = c5.blend(c7.rearrange(SWAP_2), UPPER_2);
        FloatVector b7 = c5.rearrange(SWAP_2).blend(c7, UPPER_2);
        FloatVector b8 = c8.blend(c10.rearrange(SWAP_2), UPPER_2);
        FloatVector b10 = c8.rearrange(SWAP_2).blend(c10, UPPER_2);
        FloatVector b9 = c9.blend(c11.rearrange(SWAP_2), UPPER_2);
        FloatVector b11 = c9.rearrange(SWAP_2).blend(c11, UPPER_2);
        FloatVector b12 = c12.blend(c14.rearrange(SWAP_2), UPPER_2);
        FloatVector b14 = c12.rearrange(SWAP_2).blend(c14, UPPER_2);
        FloatVector b13 = c13.blend(c15.rearrange(SWAP_2), UPPER_2);
        FloatVector b15 = c13.rearrange(SWAP_2).blend(c15, UPPER_2);
        FloatVector a0 = b0.blend(b1.rearrange(SWAP_1), UPPER_1);
        FloatVector a1 = b0.rearrange(SWAP_1).blend(b1, UPPER_1);
        FloatVector a2 = b2.blend(b3.rearrange(SWAP_1), UPPER_1);
        FloatVector a3 = b2.rearrange(SWAP_1).blend(b3, UPPER_1);
        FloatVector a4 = b4.blend(b5.rearrange(SWAP_1), UPPER_1);
        FloatVector a5 = b4.rearrange(SWAP_1).blend(b5, UPPER_1);
        FloatVector a6 = b6.blend(b7.rearrange(SWAP_1), UPPER_1);
        FloatVector a7 = b6.rearrange(SWAP_1).blend(b7, UPPER_1);
        FloatVector a8 = b8.blend(b9.rearrange(SWAP_1), UPPER_1);
        FloatVector a9 = b8.rearrange(SWAP_1).blend(b9, UPPER_1);
        FloatVector a10 = b10.blend(b11.rearrange(SWAP_1), UPPER_1);
        FloatVector a11 = b10.rearrange(SWAP_1).blend(b11, UPPER_1);
        FloatVector a12 = b12.blend(b13.rearrange(SWAP_1), UPPER_1);
        FloatVector a13 = b12.rearrange(SWAP_1).blend(b13, UPPER_1);
        FloatVector a14 = b14.blend(b15.rearrange(SWAP_1), UPPER_1);
        FloatVector a15 = b14.rearrange(SWAP_1).blend(b15, UPPER_1);
        a0.intoArray(t, q);
        a1.intoArray(t, q + ldt);
        a2.intoArray(t, q + 2 * ldt);
        a3.intoArray(t, q + 3 * ldt);
        a4.intoArray(t, q + 4 * ldt);
        a5.intoArray(t, q + 5 * ldt);
        a6.intoArray(t, q + 6 * ldt);
        a7.intoArray(t, q + 7 * ldt);
        a8.intoArray(t, q + 8 * ldt);
        a9.intoArray(t, q + 9 * ldt);
        a10.intoArray(t, q + 10 * ldt);
        a11.intoArray(t, q + 11 * ldt);
        a12.intoArray(t, q + 12 * ldt);
        a13.intoArray(t, q + 13 * ldt);
        a14.intoArray(t, q + 14 * ldt);
        a15.intoArray(t, q + 15 * ldt);
    }
}
