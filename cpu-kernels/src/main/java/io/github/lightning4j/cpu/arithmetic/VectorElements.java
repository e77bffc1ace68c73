package io.github.lightning4j.cpu.arithmetic;

import io.github.lightning4j.DType;
import io.github.lightning4j.FeatureMap;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;

/**
 * {@link Elements} on the Vector API, one species a class: {@link VectorWidths} defines it anew for
 * each.
 */
final class VectorElements implements Elements {
    private static final VectorWidths.ClassData DATA =
            VectorWidths.ClassData.of(MethodHandles.lookup());
    private static final VectorSpecies<Float> SPECIES = DATA.species();
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

    // A constant, so that a call of it is a call of a known method.
    private static final Transposition TRANSPOSITION = DATA.transposition();

    VectorElements() {}

    @Override
    public void loadScaled(
            DType type,
            MemorySegment source,
            long offset,
            long stride,
            float[] weights,
            int at,
            Matrix x) {
        int n = x.columns();
        boolean isNarrow = type == DType.BF16;
        if (n % W != 0 || (type != DType.F32 && !isNarrow)) {
            Elements.super.loadScaled(type, source, offset, stride, weights, at, x);
            return;
        }
        float[] to = x.floats();
        int ld = x.rowStride();
        for (int i = 0; i < x.rows(); i++) {
            FloatVector weight = FloatVector.broadcast(SPECIES, weights[at + i]);
            long from = offset + i * stride;
            if (isNarrow) {
                for (int j = 0; j < n; j += W) {
                    bFloat16(source, from + 2L * j).mul(weight).intoArray(to, i * ld + j);
                }
            } else {
                for (int j = 0; j < n; j += W) {
                    FloatVector.fromMemorySegment(SPECIES, source, from + 4L * j, LITTLE)
                            .mul(weight)
                            .intoArray(to, i * ld + j);
                }
            }
        }
    }

    /** The numbers at a byte offset, widened. */
    private static FloatVector bFloat16(MemorySegment source, long offset) {
        ShortVector bits = ShortVector.fromMemorySegment(SHORTS, source, offset, LITTLE);
        IntVector wide = (IntVector) bits.convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
        return wide.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    @Override
    public void loadBFloat16(MemorySegment source, long offset, float[] x, int at, int n) {
        int whole = n - n % W;
        for (int i = 0; i < whole; i += W) {
            bFloat16(source, offset + 2L * i).intoArray(x, at + i);
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
        TRANSPOSITION.transpose(matrix, result);
    }
}
