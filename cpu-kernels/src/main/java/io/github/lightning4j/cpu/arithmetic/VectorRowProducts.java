package io.github.lightning4j.cpu.arithmetic;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

import java.lang.invoke.MethodHandles;

/**
 * {@link RowProducts} on the Vector API, one species a class: {@link VectorWidths} defines it anew
 * for each.
 *
 * <p>Eight vectors of columns, or four rows, go at a time: each sum waits four cycles for itself.
 */
final class VectorRowProducts implements RowProducts {
    private static final VectorSpecies<Float> SPECIES =
            VectorWidths.ClassData.of(MethodHandles.lookup()).species();
    private static final int W = SPECIES.length();
    private static final VectorShuffle<Float> BY_8 = rotation(8);
    private static final VectorShuffle<Float> BY_4 = rotation(4);
    private static final VectorShuffle<Float> BY_2 = rotation(2);
    private static final VectorShuffle<Float> BY_1 = rotation(1);

    VectorRowProducts() {}

    private static VectorShuffle<Float> rotation(int distance) {
        return VectorShuffle.iota(SPECIES, distance % W, 1, true);
    }

    @Override
    public void rowTimesMatrix(
            float weight, float[] x, int xAt, float[] m, int ldm, int k, float[] y, int n) {
        int j = 0;
        for (; j + 7 * W < n; j += 8 * W) {
            eightVectors(weight, x, xAt, m, j, ldm, k, false, y);
        }
        for (; j < n; j += W) {
            FloatVector sum = FloatVector.zero(SPECIES);
            for (int l = 0; l < k; l++) {
                FloatVector value = FloatVector.broadcast(SPECIES, x[xAt + l]);
                sum = value.fma(FloatVector.fromArray(SPECIES, m, l * ldm + j), sum);
            }
            sum.mul(weight).intoArray(y, j);
        }
    }

    private static void eightVectors(
            float weight,
            float[] x,
            int xAt,
            float[] m,
            int at,
            int ldm,
            int k,
            boolean add,
            float[] y) {
        FloatVector y0 = FloatVector.zero(SPECIES);
        FloatVector y1 = y0;
        FloatVector y2 = y0;
        FloatVector y3 = y0;
        FloatVector y4 = y0;
        FloatVector y5 = y0;
        FloatVector y6 = y0;
        FloatVector y7 = y0;
        int t = at;
        for (int l = 0; l < k; l++, t += ldm) {
            FloatVector value = FloatVector.broadcast(SPECIES, x[xAt + l]);
            y0 = value.fma(FloatVector.fromArray(SPECIES, m, t), y0);
            y1 = value.fma(FloatVector.fromArray(SPECIES, m, t + W), y1);
            y2 = value.fma(FloatVector.fromArray(SPECIES, m, t + 2 * W), y2);
            y3 = value.fma(FloatVector.fromArray(SPECIES, m, t + 3 * W), y3);
            y4 = value.fma(FloatVector.fromArray(SPECIES, m, t + 4 * W), y4);
            y5 = value.fma(FloatVector.fromArray(SPECIES, m, t + 5 * W), y5);
            y6 = value.fma(FloatVector.fromArray(SPECIES, m, t + 6 * W), y6);
            y7 = value.fma(FloatVector.fromArray(SPECIES, m, t + 7 * W), y7);
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

    @Override
    public void rowTimesMatrixAdd(float[] x, float[] m, int ldm, int k, float[] y, int n) {
        int j = 0;
        for (; j + 7 * W < n; j += 8 * W) {
            eightVectors(1, x, 0, m, j, ldm, k, true, y);
        }
        for (; j < n; j += W) {
            FloatVector sum = FloatVector.fromArray(SPECIES, y, j);
            for (int l = 0; l < k; l++) {
                FloatVector value = FloatVector.broadcast(SPECIES, x[l]);
                sum = value.fma(FloatVector.fromArray(SPECIES, m, l * ldm + j), sum);
            }
            sum.intoArray(y, j);
        }
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
        int whole = n - n % W;
        int i = 0;
        for (; i + 3 < rows; i += 4) {
            int r = i * ldm;
            FloatVector a = FloatVector.zero(SPECIES);
            FloatVector b = a;
            FloatVector c = a;
            FloatVector d = a;
            for (int j = 0; j < whole; j += W, r += W) {
                FloatVector value = FloatVector.fromArray(SPECIES, x, xAt + j);
                a = value.fma(FloatVector.fromArray(SPECIES, m, r), a);
                b = value.fma(FloatVector.fromArray(SPECIES, m, r + ldm), b);
                c = value.fma(FloatVector.fromArray(SPECIES, m, r + 2 * ldm), c);
                d = value.fma(FloatVector.fromArray(SPECIES, m, r + 3 * ldm), d);
            }
            y[i] = sum(a);
            y[i + 1] = sum(b);
            y[i + 2] = sum(c);
            y[i + 3] = sum(d);
        }
        for (; i < rows; i++) {
            FloatVector sums = FloatVector.zero(SPECIES);
            for (int j = 0; j < whole; j += W) {
                FloatVector value = FloatVector.fromArray(SPECIES, x, xAt + j);
                sums = value.fma(FloatVector.fromArray(SPECIES, m, i * ldm + j), sums);
            }
            y[i] = sum(sums);
        }
        for (i = 0; i < rows; i++) {
            for (int j = whole; j < n; j++) {
                y[i] += m[i * ldm + j] * x[xAt + j];
            }
            y[i] *= weights[at + i];
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
