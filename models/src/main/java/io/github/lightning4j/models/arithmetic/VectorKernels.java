package io.github.lightning4j.models.arithmetic;

import io.github.lightning4j.DType;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;

/** {@link Kernels} on the Vector API, in the widest vectors there are. */
final class VectorKernels implements Kernels {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = SPECIES.withLanes(int.class);
    private static final int W = SPECIES.length();

    /** Up to here reading weights again from the cache is faster than widening them once. */
    private static final int FEW_ROWS = 3;

    private static final ScalarKernels REST = new ScalarKernels();

    private static final float LOG2_E = (float) (1 / Math.log(2));
    private static final float LN_2_HIGH = 355f / 512;
    private static final float LN_2_LOW = (float) (Math.log(2) - LN_2_HIGH);
    private static final float ROUNDER = 0x1.8p23f;

    @Override
    public int lanes() {
        return W;
    }

    @Override
    public void warmUp(MemorySegment weights) {
        VectorWarmUp.once(this, weights);
    }

    @Override
    public void widen(MemorySegment weights, DType dtype, long from, float[] to, int at, int n) {
        VectorWidening.widen(weights, dtype, from, to, at, n);
    }

    @Override
    public void multiply(Rows a, Rows b, Rows c, int length, boolean add) {
        VectorProducts.multiply(a, b, c, length, add);
    }

    @Override
    public boolean multiplyFew(
            Rows a,
            MemorySegment weights,
            DType dtype,
            long from,
            int stride,
            Rows c,
            int length,
            boolean add) {
        if (dtype == DType.F16 || a.count() > FEW_ROWS) {
            return false;
        }
        VectorFewRows.multiply(a, weights, dtype, from, stride, c, length, add);
        return true;
    }

    /**
     * e^−x is within 2 ulp where −88.7 ≤ x ≤ 87.3, and bounded outside: 2^n e^r with −x − n ln 2 =
     * r, |r| ≤ ln 2 / 2, and the Taylor polynomial of degree 7.
     */
    @Override
    public void gate(float[] x, float[] y, int from, int to) {
        FloatVector one = FloatVector.broadcast(SPECIES, 1);
        int i = from;
        for (; i <= to - W; i += W) {
            FloatVector value = FloatVector.fromArray(SPECIES, x, i).neg();
            FloatVector bounded = value.min(88.7f).max(-87.3f);
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
            sum = sum.fma(r, one);
            sum = sum.fma(r, one);
            IntVector exponent = (IntVector) n.convertShape(VectorOperators.F2I, INTS, 0);
            IntVector power = exponent.add(127).lanewise(VectorOperators.LSHL, 23);
            // min and max hide a NaN; value says where one was.
            FloatVector exp =
                    sum.mul(power.reinterpretAsFloats())
                            .blend(value, value.test(VectorOperators.IS_NAN));
            FloatVector.fromArray(SPECIES, y, i).div(exp.add(1)).intoArray(y, i);
        }
        REST.gate(x, y, i, to);
    }
}
