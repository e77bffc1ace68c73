package io.github.lightning4j.cpu.arithmetic;

import io.github.lightning4j.cpu.arithmetic.Matrix.Part;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

import java.lang.invoke.MethodHandles;

/**
 * {@link Attending} on the Vector API, one species a class: {@link VectorWidths} defines it anew
 * for each.
 */
final class VectorAttending implements Attending {
    private static final VectorSpecies<Float> SPECIES =
            VectorWidths.ClassData.of(MethodHandles.lookup()).species();
    private static final VectorSpecies<Integer> INTS = SPECIES.withLanes(int.class);
    private static final int W = SPECIES.length();
    private static final VectorShuffle<Float> BY_8 = rotation(8);
    private static final VectorShuffle<Float> BY_4 = rotation(4);
    private static final VectorShuffle<Float> BY_2 = rotation(2);
    private static final VectorShuffle<Float> BY_1 = rotation(1);
    private static final FloatVector LANES = FloatVector.zero(SPECIES).addIndex(1);
    private static final float ROUNDER = 0x1.8p23f;
    private static final float LEAST_EXPONENT = -126;

    VectorAttending() {}

    private static VectorShuffle<Float> rotation(int distance) {
        return VectorShuffle.iota(SPECIES, distance % W, 1, true);
    }

    @Override
    public void scaleTile(Matrix matrix, float[] decay, int at, float factor) {
        float[] p = matrix.floats();
        int ldp = matrix.rowStride();
        int cols = matrix.columns();
        for (int i = 0; i < matrix.rows(); i++) {
            int j = 0;
            for (; j <= cols - W; j += W) {
                FloatVector weight = FloatVector.fromArray(SPECIES, decay, at - i + j).mul(factor);
                FloatVector.fromArray(SPECIES, p, i * ldp + j)
                        .mul(weight)
                        .intoArray(p, i * ldp + j);
            }
            for (; j < cols; j++) {
                p[i * ldp + j] *= factor * decay[at - i + j];
            }
        }
    }

    @Override
    public boolean softmax(Matrix matrix, float scale, float[] m, float[] l, float[] f) {
        float[] p = matrix.floats();
        boolean lower = matrix.part() == Part.LOWER;
        int ldp = matrix.rowStride();
        int rows = matrix.rows();
        int cols = matrix.columns();
        boolean changed = false;
        for (int i = 0; i < rows; i++) {
            int begin = i * ldp;
            int end = begin + (lower ? i + 1 : cols);
            float most = most(p, begin, end, scale, m[i]);
            FloatVector sums = FloatVector.zero(SPECIES);
            for (int j = begin; j < end; j += W) {
                // 2^x for x ≤ 0 within 2 ulp, and 2^−126 below that: 2^n 2^r with n the nearest
                // integer, and for |r| ≤ ½ the polynomial of degree 6 through Chebyshev's nodes,
                // 3e−9 from 2^r at most. It stands here because the compiler may not inline a
                // method of its own, and would then pass it vectors on the heap.
                FloatVector x = FloatVector.fromArray(SPECIES, p, j).mul(scale).sub(most);
                FloatVector bounded = x.max(LEAST_EXPONENT);
                // Adding and taking away 1.5 · 2^23 rounds to the nearest integer.
                FloatVector n = bounded.add(ROUNDER).sub(ROUNDER);
                FloatVector r = bounded.sub(n);
                FloatVector y = FloatVector.broadcast(SPECIES, 0.00015469732f);
                y = y.fma(r, FloatVector.broadcast(SPECIES, 0.0013400433f));
                y = y.fma(r, FloatVector.broadcast(SPECIES, 0.009618025f));
                y = y.fma(r, FloatVector.broadcast(SPECIES, 0.05550327f));
                y = y.fma(r, FloatVector.broadcast(SPECIES, 0.2402265f));
                y = y.fma(r, FloatVector.broadcast(SPECIES, 0.6931472f));
                y = y.fma(r, FloatVector.broadcast(SPECIES, 1));
                IntVector exponent = (IntVector) n.convertShape(VectorOperators.F2I, INTS, 0);
                IntVector shifted = exponent.add(127).lanewise(VectorOperators.LSHL, 23);
                FloatVector power = y.mul(shifted.reinterpretAsFloats());
                power = FloatVector.zero(SPECIES).blend(power, within(end - j));
                power.intoArray(p, j);
                sums = sums.add(power);
            }
            changed |= ScalarAttending.merge(i, most, sum(sums), m, l, f);
        }
        return changed;
    }

    private static float most(float[] p, int begin, int end, float scale, float before) {
        FloatVector most = FloatVector.broadcast(SPECIES, before);
        for (int j = begin; j < end; j += W) {
            FloatVector x = FloatVector.fromArray(SPECIES, p, j).mul(scale);
            most = most.max(most.blend(x, within(end - j)));
        }
        return most.reduceLanes(VectorOperators.MAX);
    }

    /**
     * The lanes before one. Rows end in whole vectors, so all go through one loop: the compiler
     * would not inline the exponential in a branch that is seldom run, and would put vectors on the
     * heap.
     */
    private static VectorMask<Float> within(int lanes) {
        return LANES.compare(VectorOperators.LT, lanes);
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

    @Override
    public void recur(Recurrence recurrence, Matrix s, Matrix q, Matrix k, Matrix v, Matrix o) {
        o.shape(v.rows(), v.columns());
        int j = 0;
        for (; j + W < v.columns(); j += 2 * W) {
            twoVectors(recurrence, s, j, q, k, v, o);
        }
        if (j < v.columns()) {
            oneVector(recurrence, s, j, q, k, v, o);
        }
    }

    /** All rows, for the columns of S, V and O from {@code at}, which do not depend on others. */
    private static void twoVectors(
            Recurrence recurrence, Matrix s, int at, Matrix q, Matrix k, Matrix v, Matrix o) {
        float[] state = s.floats();
        float[] queries = q.floats();
        float[] keys = k.floats();
        int lds = s.rowStride();
        int d = k.columns();
        FloatVector fades = FloatVector.broadcast(SPECIES, recurrence.fade());
        FloatVector keeps = FloatVector.broadcast(SPECIES, recurrence.keep());
        for (int row = 0; row < v.rows(); row++) {
            int qAt = row * k.rowStride();
            int vAt = row * v.rowStride() + at;
            FloatVector v0 = FloatVector.fromArray(SPECIES, v.floats(), vAt);
            FloatVector v1 = FloatVector.fromArray(SPECIES, v.floats(), vAt + W);
            FloatVector o0 = FloatVector.zero(SPECIES);
            FloatVector o1 = o0;
            for (int i = 0, t = at; i < d; i++, t += lds) {
                FloatVector key = FloatVector.broadcast(SPECIES, keys[qAt + i]);
                FloatVector query = FloatVector.broadcast(SPECIES, queries[qAt + i]);
                FloatVector s0 = FloatVector.fromArray(SPECIES, state, t);
                FloatVector s1 = FloatVector.fromArray(SPECIES, state, t + W);
                s0 = keeps.fma(s0, fades.fma(s0, key.mul(v0)));
                s1 = keeps.fma(s1, fades.fma(s1, key.mul(v1)));
                s0.intoArray(state, t);
                s1.intoArray(state, t + W);
                o0 = query.fma(s0, o0);
                o1 = query.fma(s1, o1);
            }
            o0.mul(recurrence.scale()).intoArray(o.floats(), vAt);
            o1.mul(recurrence.scale()).intoArray(o.floats(), vAt + W);
        }
    }

    private static void oneVector(
            Recurrence recurrence, Matrix s, int at, Matrix q, Matrix k, Matrix v, Matrix o) {
        float[] state = s.floats();
        float[] queries = q.floats();
        float[] keys = k.floats();
        int lds = s.rowStride();
        int d = k.columns();
        FloatVector fades = FloatVector.broadcast(SPECIES, recurrence.fade());
        FloatVector keeps = FloatVector.broadcast(SPECIES, recurrence.keep());
        for (int row = 0; row < v.rows(); row++) {
            int qAt = row * k.rowStride();
            int vAt = row * v.rowStride() + at;
            FloatVector v0 = FloatVector.fromArray(SPECIES, v.floats(), vAt);
            FloatVector o0 = FloatVector.zero(SPECIES);
            for (int i = 0, t = at; i < d; i++, t += lds) {
                FloatVector key = FloatVector.broadcast(SPECIES, keys[qAt + i]);
                FloatVector s0 = FloatVector.fromArray(SPECIES, state, t);
                s0 = keeps.fma(s0, fades.fma(s0, key.mul(v0)));
                s0.intoArray(state, t);
                o0 = FloatVector.broadcast(SPECIES, queries[qAt + i]).fma(s0, o0);
            }
            o0.mul(recurrence.scale()).intoArray(o.floats(), vAt);
        }
    }
}
