package io.github.lightning4j.cpu.arithmetic;

import io.github.lightning4j.DType;
import io.github.lightning4j.FeatureMap;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;

/**
 * {@link Kernels} on the Vector API.
 *
 * <p>One species a class: {@link VectorWidths} defines it anew for each.
 */
final class VectorKernels implements Kernels {
    private static final VectorWidths.ClassData DATA =
            VectorWidths.ClassData.of(MethodHandles.lookup());
    private static final VectorSpecies<Float> SPECIES = DATA.species();
    private static final Products PRODUCTS = DATA.part(Products.class);
    private static final Scores SCORES = DATA.part(Scores.class);
    private static final Conversion CONVERSION = DATA.part(Conversion.class);
    private static final RowProducts ROW_PRODUCTS = DATA.part(RowProducts.class);
    private static final Transposition TRANSPOSITION = DATA.part(Transposition.class);
    private static final Attending ATTENDING = DATA.part(Attending.class);
    private static final VectorSpecies<Integer> INTS = SPECIES.withLanes(int.class);
    private static final int W = SPECIES.length();
    private static final ScalarKernels SCALAR = new ScalarKernels();
    private static final float LOG2_E = (float) (1 / Math.log(2));
    private static final float LN_2_HIGH = 355f / 512;
    private static final float LN_2_LOW = (float) (Math.log(2) - LN_2_HIGH);
    private static final float ROUNDER = 0x1.8p23f;

    VectorKernels() {}

    @Override
    public String name() {
        return "vector" + SPECIES.vectorBitSize();
    }

    @Override
    public int lanes() {
        return W;
    }

    @Override
    public void load(DType type, MemorySegment source, long offset, float[] x, int at, int n) {
        CONVERSION.load(type, source, offset, x, at, n);
    }

    @Override
    public void store(float[] x, int at, int n, DType type, MemorySegment target, long offset) {
        CONVERSION.store(x, at, n, type, target, offset);
    }

    @Override
    public void apply(FeatureMap map, float[] x, int at, int n) {
        if (map == FeatureMap.IDENTITY) {
            return;
        }
        int i = at;
        for (; i <= at + n - W; i += W) {
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
        SCALAR.apply(map, x, i, at + n - i);
    }

    @Override
    public void chain(FeatureMap map, float[] x, int n, float[] gradient) {
        if (map == FeatureMap.IDENTITY) {
            return;
        }
        // Rows are padded to whole vectors; what stands there does not matter.
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
            FloatVector.fromArray(SPECIES, gradient, i).mul(derivative).intoArray(gradient, i);
        }
    }

    /**
     * e^x within 2 ulp: 2^n e^r with r = x − n ln 2, |r| ≤ ln 2 / 2, and the Taylor polynomial of
     * degree 7. {@link VectorOperators#EXP} would do, but gives other bits interpreted than
     * compiled.
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
    public void multiply(
            Band band,
            Finish finish,
            float[] a,
            int aRow,
            int aCol,
            float[] b,
            int ldb,
            float[] c,
            int ldc,
            int m,
            int n,
            int k) {
        PRODUCTS.multiply(band, finish, a, aRow, aCol, b, ldb, c, ldc, m, n, k);
    }

    @Override
    public void multiplyBoth(
            Band band,
            Finish weigh,
            float[] a,
            int aRow,
            float[] b,
            int k,
            float[] a2,
            int a2Row,
            int a2Col,
            float[] b2,
            int ld,
            float[] c,
            int m,
            int n) {
        PRODUCTS.multiplyBoth(band, weigh, a, aRow, b, k, a2, a2Row, a2Col, b2, ld, c, m, n);
    }

    @Override
    public void scores(float[] a, int lda, float[] b, int ldb, float[] c, int ldc, int m, int k) {
        SCORES.scores(a, lda, b, ldb, c, ldc, m, k);
    }

    @Override
    public void transpose(float[] x, int ldx, int rows, int cols, float[] t, int ldt) {
        TRANSPOSITION.transpose(x, ldx, rows, cols, t, ldt);
    }

    @Override
    public void scaleTile(
            float[] p, int ldp, int rows, int cols, float[] decay, int at, float factor) {
        ATTENDING.scaleTile(p, ldp, rows, cols, decay, at, factor);
    }

    @Override
    public boolean softmax(
            float[] p,
            int ldp,
            int rows,
            int cols,
            boolean lower,
            float scale,
            float[] m,
            float[] l,
            float[] f) {
        return ATTENDING.softmax(p, ldp, rows, cols, lower, scale, m, l, f);
    }

    @Override
    public void step(
            float[] s,
            int lds,
            int d,
            int e,
            float[] q,
            float[] k,
            int qAt,
            float[] v,
            float[] o,
            int vAt,
            float c,
            float fade,
            float keep) {
        ATTENDING.step(s, lds, d, e, q, k, qAt, v, o, vAt, c, fade, keep);
    }

    @Override
    public void scaleRows(
            float[] x, int ld, int rows, int cols, float[] weights, int at, float[] y) {
        for (int i = 0; i < rows; i++) {
            FloatVector weight = FloatVector.broadcast(SPECIES, weights[at + i]);
            for (int j = i * ld; j < i * ld + cols; j += W) {
                FloatVector.fromArray(SPECIES, x, j).mul(weight).intoArray(y, j);
            }
        }
    }

    @Override
    public void scaleLower(float[] p, int ldp, int rows, float[] decay, int reach) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j <= i; j += W) {
                FloatVector weight = FloatVector.fromArray(SPECIES, decay, reach - i + j);
                FloatVector.fromArray(SPECIES, p, i * ldp + j)
                        .mul(weight)
                        .intoArray(p, i * ldp + j);
            }
        }
    }

    @Override
    public void advance(float[] s, float[] u, int from, int to, float fade, float keep) {
        FloatVector fades = FloatVector.broadcast(SPECIES, fade);
        FloatVector keeps = FloatVector.broadcast(SPECIES, keep);
        for (int i = from; i < to; i += W) {
            FloatVector old = FloatVector.fromArray(SPECIES, s, i);
            step(old, FloatVector.fromArray(SPECIES, u, i), fades, keeps).intoArray(s, i);
        }
    }

    @Override
    public void advanceExchanging(float[] s, float[] u, int from, int to, float fade, float keep) {
        FloatVector fades = FloatVector.broadcast(SPECIES, fade);
        FloatVector keeps = FloatVector.broadcast(SPECIES, keep);
        for (int i = from; i < to; i += W) {
            FloatVector old = FloatVector.fromArray(SPECIES, s, i);
            step(old, FloatVector.fromArray(SPECIES, u, i), fades, keeps).intoArray(s, i);
            old.intoArray(u, i);
        }
    }

    private static FloatVector step(
            FloatVector s, FloatVector u, FloatVector fade, FloatVector keep) {
        return s.fma(keep, s.fma(fade, u));
    }

    @Override
    public void rowTimesMatrix(
            float weight, float[] x, int xAt, float[] m, int ldm, int k, float[] y, int n) {
        ROW_PRODUCTS.rowTimesMatrix(weight, x, xAt, m, ldm, k, y, n);
    }

    @Override
    public void rowTimesMatrixAdd(float[] x, float[] m, int ldm, int k, float[] y, int n) {
        ROW_PRODUCTS.rowTimesMatrixAdd(x, m, ldm, k, y, n);
    }

    @Override
    public void rowDots(
            float[] m,
            int ldm,
            int rows,
            int n,
            float[] x,
            int xAt,
            float[] weights,
            int at,
            float[] y) {
        ROW_PRODUCTS.rowDots(m, ldm, rows, n, x, xAt, weights, at, y);
    }
}
