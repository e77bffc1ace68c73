package io.github.lightning4j.models.arithmetic;

import io.github.lightning4j.models.arithmetic.Kernels.Rows;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of rows on the Vector API.
 *
 * <p>Each element is a sum of its own, a vector along the terms: weights lie so in a checkpoint,
 * and need no transposing. A tile of six rows of A and four of B has 24 sums in 32 registers and
 * ten loads for them; where there are 16 registers it is two rows of A. {@link VectorSums} then
 * adds their lanes.
 */
final class VectorProducts {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int W = SPECIES.length();
    private static final boolean MANY_REGISTERS = SPECIES.vectorBitSize() == 512;
    private static final int TILE = MANY_REGISTERS ? 6 : 2;

    private VectorProducts() {}

    /** As {@link Kernels#multiply}. */
    static void multiply(Rows a, Rows b, Rows c, int length, boolean add) {
        float[] x = a.floats();
        float[] y = b.floats();
        int ldx = a.stride();
        int ldy = b.stride();
        int whole = length - length % W;
        float[] sums = VectorSums.ARRAY.get();
        int step = TILE;
        for (int i = 0; i < a.count(); i += step) {
            step = i <= a.count() - TILE ? TILE : 1;
            int p = a.at() + i * ldx;
            int j = 0;
            for (; j <= b.count() - 4; j += 4) {
                int q = b.at() + j * ldy;
                switch (step) {
                    case 6 -> sixByFour(x, p, ldx, y, q, ldy, whole, sums);
                    case 2 -> twoByFour(x, p, ldx, y, q, ldy, whole, sums);
                    default -> oneByFour(x, p, y, q, ldy, whole, sums);
                }
                for (int t = 0; t < step; t++) {
                    int at = c.at() + (i + t) * c.stride() + j;
                    VectorSums.fold(sums, 4 * t * W);
                    if (whole < length) {
                        VectorSums.rest(x, p + t * ldx, y, q, ldy, whole, length, sums);
                    }
                    VectorSums.store(sums, c.floats(), at, add);
                }
            }
            for (; j < b.count(); j++) {
                for (int t = 0; t < step; t++) {
                    float sum = one(x, p + t * ldx, y, b.at() + j * ldy, length, sums);
                    int at = c.at() + (i + t) * c.stride() + j;
                    c.floats()[at] = add ? c.floats()[at] + sum : sum;
                }
            }
        }
    }

    /** One element, in the order of all others. */
    private static float one(float[] x, int p, float[] y, int q, int length, float[] sums) {
        int whole = length - length % W;
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int l = 0; l < whole; l += W) {
            FloatVector b = FloatVector.fromArray(SPECIES, y, q + l);
            sum = FloatVector.fromArray(SPECIES, x, p + l).fma(b, sum);
        }
        sum.intoArray(sums, 0);
        for (int half = W / 2; half > 0; half /= 2) {
            for (int lane = 0; lane < half; lane++) {
                sums[lane] += sums[lane + half];
            }
        }
        float total = sums[0];
        for (int l = whole; l < length; l++) {
            total = Math.fma(x[p + l], y[q + l], total);
        }
        return total;
    }

    /** Six rows of A by four of B. */
    private static void sixByFour(
            float[] x, int p, int ldx, float[] y, int q, int ldy, int whole, float[] sums) {
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
        s00.intoArray(sums, 0);
        s01.intoArray(sums, W);
        s02.intoArray(sums, 2 * W);
        s03.intoArray(sums, 3 * W);
        s10.intoArray(sums, 4 * W);
        s11.intoArray(sums, 5 * W);
        s12.intoArray(sums, 6 * W);
        s13.intoArray(sums, 7 * W);
        s20.intoArray(sums, 8 * W);
        s21.intoArray(sums, 9 * W);
        s22.intoArray(sums, 10 * W);
        s23.intoArray(sums, 11 * W);
        s30.intoArray(sums, 12 * W);
        s31.intoArray(sums, 13 * W);
        s32.intoArray(sums, 14 * W);
        s33.intoArray(sums, 15 * W);
        s40.intoArray(sums, 16 * W);
        s41.intoArray(sums, 17 * W);
        s42.intoArray(sums, 18 * W);
        s43.intoArray(sums, 19 * W);
        s50.intoArray(sums, 20 * W);
        s51.intoArray(sums, 21 * W);
        s52.intoArray(sums, 22 * W);
        s53.intoArray(sums, 23 * W);
    }

    /** Two rows of A by four of B. */
    private static void twoByFour(
            float[] x, int p, int ldx, float[] y, int q, int ldy, int whole, float[] sums) {
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
        s00.intoArray(sums, 0);
        s01.intoArray(sums, W);
        s02.intoArray(sums, 2 * W);
        s03.intoArray(sums, 3 * W);
        s10.intoArray(sums, 4 * W);
        s11.intoArray(sums, 5 * W);
        s12.intoArray(sums, 6 * W);
        s13.intoArray(sums, 7 * W);
    }

    /** One row of A by four of B. */
    private static void oneByFour(
            float[] x, int p, float[] y, int q, int ldy, int whole, float[] sums) {
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
        s00.intoArray(sums, 0);
        s01.intoArray(sums, W);
        s02.intoArray(sums, 2 * W);
        s03.intoArray(sums, 3 * W);
    }
}
