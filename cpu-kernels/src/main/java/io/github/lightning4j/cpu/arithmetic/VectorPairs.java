package io.github.lightning4j.cpu.arithmetic;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

import java.lang.invoke.MethodHandles;

/**
 * {@link Pairs} on the Vector API, one species a class: {@link VectorWidths} defines it anew for
 * each.
 *
 * <p>A register block of six rows by four vectors takes the whole sum of both products, the
 * triangle on the diagonal included, so C is written once and never read. It needs 32 vector
 * registers: elsewhere nothing fits.
 */
final class VectorPairs implements Pairs {
    private static final VectorSpecies<Float> SPECIES =
            VectorWidths.ClassData.of(MethodHandles.lookup()).species();
    private static final int W = SPECIES.length();
    private static final int ROWS = Products.TILE_ROWS;

    VectorPairs() {}

    @Override
    public boolean multiplyBoth(
            Products.Band band,
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
        if (SPECIES.vectorBitSize() < 512 || m % ROWS != 0 || n % (4 * W) != 0) {
            return false;
        }
        float[] weights = weigh.weights();
        int at = weigh.at();
        for (int j = 0; j < n; j += 4 * W) {
            for (int i = 0; i < m; i += ROWS) {
                if (band == Products.Band.LOWER_LEFT) {
                    tile(
                            a,
                            i * aRow,
                            aRow,
                            b,
                            j,
                            k,
                            weights,
                            at + i,
                            1,
                            a2,
                            i * a2Row,
                            a2Row,
                            a2Col,
                            b2,
                            j,
                            i,
                            1,
                            ld,
                            c,
                            i * ld + j,
                            ld);
                } else {
                    // Rows and the triangle from the last to the first: a lower triangle again.
                    int last = i + ROWS - 1;
                    tile(
                            a,
                            last * aRow,
                            -aRow,
                            b,
                            j,
                            k,
                            weights,
                            at + last,
                            -1,
                            a2,
                            last * a2Row + (last + 1) * a2Col,
                            -a2Row,
                            a2Col,
                            b2,
                            (last + 1) * ld + j,
                            m - last - 1,
                            -1,
                            ld,
                            c,
                            last * ld + j,
                            -ld);
                }
            }
        }
        return true;
    }

    /**
     * 6 rows and 4 vectors of columns of C.
     *
     * @param p where A's first row is
     * @param t where the columns of B are
     * @param w where the first row's weight is, wRow from one to the next
     * @param p2 where A′ begins
     * @param t2 where the columns of the first of {@code count} rows of B′ are that all rows of C
     *     need
     * @param step 1: the triangle's rows of B′ follow those; −1: they stand before them, and the
     *     first row of C needs the last only
     */
    private static void tile(
            float[] a,
            int p,
            int aRow,
            float[] b,
            int t,
            int k,
            float[] weights,
            int w,
            int wRow,
            float[] a2,
            int p2,
            int a2Row,
            int a2Col,
            float[] b2,
            int t2,
            int count,
            int step,
            int ld,
            float[] c,
            int u,
            int ldc) {
        FloatVector c00 = FloatVector.zero(SPECIES);
        FloatVector c01 = c00;
        FloatVector c02 = c00;
        FloatVector c03 = c00;
        FloatVector c10 = c00;
        FloatVector c11 = c00;
        FloatVector c12 = c00;
        FloatVector c13 = c00;
        FloatVector c20 = c00;
        FloatVector c21 = c00;
        FloatVector c22 = c00;
        FloatVector c23 = c00;
        FloatVector c30 = c00;
        FloatVector c31 = c00;
        FloatVector c32 = c00;
        FloatVector c33 = c00;
        FloatVector c40 = c00;
        FloatVector c41 = c00;
        FloatVector c42 = c00;
        FloatVector c43 = c00;
        FloatVector c50 = c00;
        FloatVector c51 = c00;
        FloatVector c52 = c00;
        FloatVector c53 = c00;
        for (int l = 0; l < k; l++, p++, t += ld) {
            FloatVector x0 = FloatVector.fromArray(SPECIES, b, t);
            FloatVector x1 = FloatVector.fromArray(SPECIES, b, t + W);
            FloatVector x2 = FloatVector.fromArray(SPECIES, b, t + 2 * W);
            FloatVector x3 = FloatVector.fromArray(SPECIES, b, t + 3 * W);
            FloatVector y0 = FloatVector.broadcast(SPECIES, a[p]);
            c00 = y0.fma(x0, c00);
            c01 = y0.fma(x1, c01);
            c02 = y0.fma(x2, c02);
            c03 = y0.fma(x3, c03);
            FloatVector y1 = FloatVector.broadcast(SPECIES, a[p + aRow]);
            c10 = y1.fma(x0, c10);
            c11 = y1.fma(x1, c11);
            c12 = y1.fma(x2, c12);
            c13 = y1.fma(x3, c13);
            FloatVector y2 = FloatVector.broadcast(SPECIES, a[p + 2 * aRow]);
            c20 = y2.fma(x0, c20);
            c21 = y2.fma(x1, c21);
            c22 = y2.fma(x2, c22);
            c23 = y2.fma(x3, c23);
            FloatVector y3 = FloatVector.broadcast(SPECIES, a[p + 3 * aRow]);
            c30 = y3.fma(x0, c30);
            c31 = y3.fma(x1, c31);
            c32 = y3.fma(x2, c32);
            c33 = y3.fma(x3, c33);
            FloatVector y4 = FloatVector.broadcast(SPECIES, a[p + 4 * aRow]);
            c40 = y4.fma(x0, c40);
            c41 = y4.fma(x1, c41);
            c42 = y4.fma(x2, c42);
            c43 = y4.fma(x3, c43);
            FloatVector y5 = FloatVector.broadcast(SPECIES, a[p + 5 * aRow]);
            c50 = y5.fma(x0, c50);
            c51 = y5.fma(x1, c51);
            c52 = y5.fma(x2, c52);
            c53 = y5.fma(x3, c53);
        }
        FloatVector w0 = FloatVector.broadcast(SPECIES, weights[w]);
        c00 = c00.mul(w0);
        c01 = c01.mul(w0);
        c02 = c02.mul(w0);
        c03 = c03.mul(w0);
        FloatVector w1 = FloatVector.broadcast(SPECIES, weights[w + wRow]);
        c10 = c10.mul(w1);
        c11 = c11.mul(w1);
        c12 = c12.mul(w1);
        c13 = c13.mul(w1);
        FloatVector w2 = FloatVector.broadcast(SPECIES, weights[w + 2 * wRow]);
        c20 = c20.mul(w2);
        c21 = c21.mul(w2);
        c22 = c22.mul(w2);
        c23 = c23.mul(w2);
        FloatVector w3 = FloatVector.broadcast(SPECIES, weights[w + 3 * wRow]);
        c30 = c30.mul(w3);
        c31 = c31.mul(w3);
        c32 = c32.mul(w3);
        c33 = c33.mul(w3);
        FloatVector w4 = FloatVector.broadcast(SPECIES, weights[w + 4 * wRow]);
        c40 = c40.mul(w4);
        c41 = c41.mul(w4);
        c42 = c42.mul(w4);
        c43 = c43.mul(w4);
        FloatVector w5 = FloatVector.broadcast(SPECIES, weights[w + 5 * wRow]);
        c50 = c50.mul(w5);
        c51 = c51.mul(w5);
        c52 = c52.mul(w5);
        c53 = c53.mul(w5);
        int p3 = step > 0 ? p2 + count * a2Col : p2 - a2Col;
        int t3 = step > 0 ? t2 + count * ld : t2 - ld;
        for (int l = 0; l < count; l++, p2 += a2Col, t2 += ld) {
            FloatVector x0 = FloatVector.fromArray(SPECIES, b2, t2);
            FloatVector x1 = FloatVector.fromArray(SPECIES, b2, t2 + W);
            FloatVector x2 = FloatVector.fromArray(SPECIES, b2, t2 + 2 * W);
            FloatVector x3 = FloatVector.fromArray(SPECIES, b2, t2 + 3 * W);
            FloatVector y0 = FloatVector.broadcast(SPECIES, a2[p2]);
            c00 = y0.fma(x0, c00);
            c01 = y0.fma(x1, c01);
            c02 = y0.fma(x2, c02);
            c03 = y0.fma(x3, c03);
            FloatVector y1 = FloatVector.broadcast(SPECIES, a2[p2 + a2Row]);
            c10 = y1.fma(x0, c10);
            c11 = y1.fma(x1, c11);
            c12 = y1.fma(x2, c12);
            c13 = y1.fma(x3, c13);
            FloatVector y2 = FloatVector.broadcast(SPECIES, a2[p2 + 2 * a2Row]);
            c20 = y2.fma(x0, c20);
            c21 = y2.fma(x1, c21);
            c22 = y2.fma(x2, c22);
            c23 = y2.fma(x3, c23);
            FloatVector y3 = FloatVector.broadcast(SPECIES, a2[p2 + 3 * a2Row]);
            c30 = y3.fma(x0, c30);
            c31 = y3.fma(x1, c31);
            c32 = y3.fma(x2, c32);
            c33 = y3.fma(x3, c33);
            FloatVector y4 = FloatVector.broadcast(SPECIES, a2[p2 + 4 * a2Row]);
            c40 = y4.fma(x0, c40);
            c41 = y4.fma(x1, c41);
            c42 = y4.fma(x2, c42);
            c43 = y4.fma(x3, c43);
            FloatVector y5 = FloatVector.broadcast(SPECIES, a2[p2 + 5 * a2Row]);
            c50 = y5.fma(x0, c50);
            c51 = y5.fma(x1, c51);
            c52 = y5.fma(x2, c52);
            c53 = y5.fma(x3, c53);
        }
        int pStep = step * a2Col;
        int tStep = step * ld;
        for (int l = 0; l < ROWS; l++, p3 += pStep, t3 += tStep) {
            FloatVector x0 = FloatVector.fromArray(SPECIES, b2, t3);
            FloatVector x1 = FloatVector.fromArray(SPECIES, b2, t3 + W);
            FloatVector x2 = FloatVector.fromArray(SPECIES, b2, t3 + 2 * W);
            FloatVector x3 = FloatVector.fromArray(SPECIES, b2, t3 + 3 * W);
            if (l == 0) {
                FloatVector y0 = FloatVector.broadcast(SPECIES, a2[p3]);
                c00 = y0.fma(x0, c00);
                c01 = y0.fma(x1, c01);
                c02 = y0.fma(x2, c02);
                c03 = y0.fma(x3, c03);
            }
            if (l <= 1) {
                FloatVector y1 = FloatVector.broadcast(SPECIES, a2[p3 + a2Row]);
                c10 = y1.fma(x0, c10);
                c11 = y1.fma(x1, c11);
                c12 = y1.fma(x2, c12);
                c13 = y1.fma(x3, c13);
            }
            if (l <= 2) {
                FloatVector y2 = FloatVector.broadcast(SPECIES, a2[p3 + 2 * a2Row]);
                c20 = y2.fma(x0, c20);
                c21 = y2.fma(x1, c21);
                c22 = y2.fma(x2, c22);
                c23 = y2.fma(x3, c23);
            }
            if (l <= 3) {
                FloatVector y3 = FloatVector.broadcast(SPECIES, a2[p3 + 3 * a2Row]);
                c30 = y3.fma(x0, c30);
                c31 = y3.fma(x1, c31);
                c32 = y3.fma(x2, c32);
                c33 = y3.fma(x3, c33);
            }
            if (l <= 4) {
                FloatVector y4 = FloatVector.broadcast(SPECIES, a2[p3 + 4 * a2Row]);
                c40 = y4.fma(x0, c40);
                c41 = y4.fma(x1, c41);
                c42 = y4.fma(x2, c42);
                c43 = y4.fma(x3, c43);
            }
            FloatVector y5 = FloatVector.broadcast(SPECIES, a2[p3 + 5 * a2Row]);
            c50 = y5.fma(x0, c50);
            c51 = y5.fma(x1, c51);
            c52 = y5.fma(x2, c52);
            c53 = y5.fma(x3, c53);
        }
        c00.intoArray(c, u);
        c01.intoArray(c, u + W);
        c02.intoArray(c, u + 2 * W);
        c03.intoArray(c, u + 3 * W);
        c10.intoArray(c, u + ldc);
        c11.intoArray(c, u + ldc + W);
        c12.intoArray(c, u + ldc + 2 * W);
        c13.intoArray(c, u + ldc + 3 * W);
        c20.intoArray(c, u + 2 * ldc);
        c21.intoArray(c, u + 2 * ldc + W);
        c22.intoArray(c, u + 2 * ldc + 2 * W);
        c23.intoArray(c, u + 2 * ldc + 3 * W);
        c30.intoArray(c, u + 3 * ldc);
        c31.intoArray(c, u + 3 * ldc + W);
        c32.intoArray(c, u + 3 * ldc + 2 * W);
        c33.intoArray(c, u + 3 * ldc + 3 * W);
        c40.intoArray(c, u + 4 * ldc);
        c41.intoArray(c, u + 4 * ldc + W);
        c42.intoArray(c, u + 4 * ldc + 2 * W);
        c43.intoArray(c, u + 4 * ldc + 3 * W);
        c50.intoArray(c, u + 5 * ldc);
        c51.intoArray(c, u + 5 * ldc + W);
        c52.intoArray(c, u + 5 * ldc + 2 * W);
        c53.intoArray(c, u + 5 * ldc + 3 * W);
    }
}
