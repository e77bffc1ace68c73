package io.github.lightning4j.cpu.arithmetic;

import io.github.lightning4j.cpu.arithmetic.Matrix.Part;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

import java.lang.invoke.MethodHandles;

/**
 * {@link Sums} on the Vector API, one species a class: {@link VectorWidths} defines it anew for
 * each.
 *
 * <p>A tile of six rows by four vectors takes the whole sum of both products, the triangle on the
 * diagonal included, so C is written once and never read. It needs 32 vector registers: elsewhere
 * nothing fits. Its loop stands there three times, because the sums stay in registers only as
 * variables of one method, because the compiler knows the step of 1 in the first loop, and because
 * the last leaves out what is beyond the diagonal.
 */
final class VectorSums implements Sums {
    private static final VectorSpecies<Float> SPECIES =
            VectorWidths.ClassData.of(MethodHandles.lookup()).species();
    private static final int W = SPECIES.length();
    private static final int ROWS = Matrix.TILE_ROWS;

    VectorSums() {}

    @Override
    public boolean sum(Finish weigh, Matrix a, Matrix b, Matrix a2, Matrix b2, Matrix c) {
        if (SPECIES.vectorBitSize() < 512 || a.rows() % ROWS != 0 || b.columns() % (4 * W) != 0) {
            return false;
        }
        c.shape(a.rows(), b.columns());
        for (int j = 0; j < b.columns(); j += 4 * W) {
            for (int i = 0; i < a.rows(); i += ROWS) {
                tile(weigh, a, b, a2, b2, c, i, j);
            }
        }
        return true;
    }

    /**
     * 6 rows and 4 vectors of columns of C. Those of a lower triangle A′ go from the first to the
     * last: each needs the {@code count} rows of B′ before the tile's, then one more than the row
     * before. Those of an upper triangle go from the last to the first: each needs the {@code
     * count} rows of B′ behind the tile's, then one more.
     */
    private static void tile(
            Finish weigh, Matrix a, Matrix b, Matrix a2, Matrix b2, Matrix c, int i, int j) {
        int step = a2.part() == Part.LOWER ? 1 : -1;
        int first = step > 0 ? i : i + ROWS - 1;
        int aRow = step * a.rowStride();
        int a2Row = step * a2.rowStride();
        int a2Col = a2.columnStride();
        int ldb = b.rowStride();
        int ldb2 = b2.rowStride();
        int ldc = step * c.rowStride();
        float[] x = a.floats();
        float[] y = b.floats();
        float[] x2 = a2.floats();
        float[] y2 = b2.floats();
        float[] z = c.floats();
        float[] weights = weigh.weights();
        int w = weigh.at() + first;
        int k = b.rows();
        int count = step > 0 ? i : b2.rows() - i - ROWS;
        int p = first * a.rowStride();
        int t = j;
        int p2 = first * a2.rowStride() + (step > 0 ? 0 : (first + 1) * a2Col);
        int t2 = (step > 0 ? 0 : (first + 1) * ldb2) + j;
        int u = first * c.rowStride() + j;
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
        for (int l = 0; l < k; l++, p++, t += ldb) {
            FloatVector v0 = FloatVector.fromArray(SPECIES, y, t);
            FloatVector v1 = FloatVector.fromArray(SPECIES, y, t + W);
            FloatVector v2 = FloatVector.fromArray(SPECIES, y, t + 2 * W);
            FloatVector v3 = FloatVector.fromArray(SPECIES, y, t + 3 * W);
            FloatVector r0 = FloatVector.broadcast(SPECIES, x[p]);
            c00 = r0.fma(v0, c00);
            c01 = r0.fma(v1, c01);
            c02 = r0.fma(v2, c02);
            c03 = r0.fma(v3, c03);
            FloatVector r1 = FloatVector.broadcast(SPECIES, x[p + aRow]);
            c10 = r1.fma(v0, c10);
            c11 = r1.fma(v1, c11);
            c12 = r1.fma(v2, c12);
            c13 = r1.fma(v3, c13);
            FloatVector r2 = FloatVector.broadcast(SPECIES, x[p + 2 * aRow]);
            c20 = r2.fma(v0, c20);
            c21 = r2.fma(v1, c21);
            c22 = r2.fma(v2, c22);
            c23 = r2.fma(v3, c23);
            FloatVector r3 = FloatVector.broadcast(SPECIES, x[p + 3 * aRow]);
            c30 = r3.fma(v0, c30);
            c31 = r3.fma(v1, c31);
            c32 = r3.fma(v2, c32);
            c33 = r3.fma(v3, c33);
            FloatVector r4 = FloatVector.broadcast(SPECIES, x[p + 4 * aRow]);
            c40 = r4.fma(v0, c40);
            c41 = r4.fma(v1, c41);
            c42 = r4.fma(v2, c42);
            c43 = r4.fma(v3, c43);
            FloatVector r5 = FloatVector.broadcast(SPECIES, x[p + 5 * aRow]);
            c50 = r5.fma(v0, c50);
            c51 = r5.fma(v1, c51);
            c52 = r5.fma(v2, c52);
            c53 = r5.fma(v3, c53);
        }
        FloatVector w0 = FloatVector.broadcast(SPECIES, weights[w]);
        c00 = c00.mul(w0);
        c01 = c01.mul(w0);
        c02 = c02.mul(w0);
        c03 = c03.mul(w0);
        FloatVector w1 = FloatVector.broadcast(SPECIES, weights[w + step]);
        c10 = c10.mul(w1);
        c11 = c11.mul(w1);
        c12 = c12.mul(w1);
        c13 = c13.mul(w1);
        FloatVector w2 = FloatVector.broadcast(SPECIES, weights[w + 2 * step]);
        c20 = c20.mul(w2);
        c21 = c21.mul(w2);
        c22 = c22.mul(w2);
        c23 = c23.mul(w2);
        FloatVector w3 = FloatVector.broadcast(SPECIES, weights[w + 3 * step]);
        c30 = c30.mul(w3);
        c31 = c31.mul(w3);
        c32 = c32.mul(w3);
        c33 = c33.mul(w3);
        FloatVector w4 = FloatVector.broadcast(SPECIES, weights[w + 4 * step]);
        c40 = c40.mul(w4);
        c41 = c41.mul(w4);
        c42 = c42.mul(w4);
        c43 = c43.mul(w4);
        FloatVector w5 = FloatVector.broadcast(SPECIES, weights[w + 5 * step]);
        c50 = c50.mul(w5);
        c51 = c51.mul(w5);
        c52 = c52.mul(w5);
        c53 = c53.mul(w5);
        int p3 = step > 0 ? p2 + count * a2Col : p2 - a2Col;
        int t3 = step > 0 ? t2 + count * ldb2 : t2 - ldb2;
        for (int l = 0; l < count; l++, p2 += a2Col, t2 += ldb2) {
            FloatVector v0 = FloatVector.fromArray(SPECIES, y2, t2);
            FloatVector v1 = FloatVector.fromArray(SPECIES, y2, t2 + W);
            FloatVector v2 = FloatVector.fromArray(SPECIES, y2, t2 + 2 * W);
            FloatVector v3 = FloatVector.fromArray(SPECIES, y2, t2 + 3 * W);
            FloatVector r0 = FloatVector.broadcast(SPECIES, x2[p2]);
            c00 = r0.fma(v0, c00);
            c01 = r0.fma(v1, c01);
            c02 = r0.fma(v2, c02);
            c03 = r0.fma(v3, c03);
            FloatVector r1 = FloatVector.broadcast(SPECIES, x2[p2 + a2Row]);
            c10 = r1.fma(v0, c10);
            c11 = r1.fma(v1, c11);
            c12 = r1.fma(v2, c12);
            c13 = r1.fma(v3, c13);
            FloatVector r2 = FloatVector.broadcast(SPECIES, x2[p2 + 2 * a2Row]);
            c20 = r2.fma(v0, c20);
            c21 = r2.fma(v1, c21);
            c22 = r2.fma(v2, c22);
            c23 = r2.fma(v3, c23);
            FloatVector r3 = FloatVector.broadcast(SPECIES, x2[p2 + 3 * a2Row]);
            c30 = r3.fma(v0, c30);
            c31 = r3.fma(v1, c31);
            c32 = r3.fma(v2, c32);
            c33 = r3.fma(v3, c33);
            FloatVector r4 = FloatVector.broadcast(SPECIES, x2[p2 + 4 * a2Row]);
            c40 = r4.fma(v0, c40);
            c41 = r4.fma(v1, c41);
            c42 = r4.fma(v2, c42);
            c43 = r4.fma(v3, c43);
            FloatVector r5 = FloatVector.broadcast(SPECIES, x2[p2 + 5 * a2Row]);
            c50 = r5.fma(v0, c50);
            c51 = r5.fma(v1, c51);
            c52 = r5.fma(v2, c52);
            c53 = r5.fma(v3, c53);
        }
        int pStep = step * a2Col;
        int tStep = step * ldb2;
        for (int l = 0; l < ROWS; l++, p3 += pStep, t3 += tStep) {
            FloatVector v0 = FloatVector.fromArray(SPECIES, y2, t3);
            FloatVector v1 = FloatVector.fromArray(SPECIES, y2, t3 + W);
            FloatVector v2 = FloatVector.fromArray(SPECIES, y2, t3 + 2 * W);
            FloatVector v3 = FloatVector.fromArray(SPECIES, y2, t3 + 3 * W);
            if (l == 0) {
                FloatVector r0 = FloatVector.broadcast(SPECIES, x2[p3]);
                c00 = r0.fma(v0, c00);
                c01 = r0.fma(v1, c01);
                c02 = r0.fma(v2, c02);
                c03 = r0.fma(v3, c03);
            }
            if (l <= 1) {
                FloatVector r1 = FloatVector.broadcast(SPECIES, x2[p3 + a2Row]);
                c10 = r1.fma(v0, c10);
                c11 = r1.fma(v1, c11);
                c12 = r1.fma(v2, c12);
                c13 = r1.fma(v3, c13);
            }
            if (l <= 2) {
                FloatVector r2 = FloatVector.broadcast(SPECIES, x2[p3 + 2 * a2Row]);
                c20 = r2.fma(v0, c20);
                c21 = r2.fma(v1, c21);
                c22 = r2.fma(v2, c22);
                c23 = r2.fma(v3, c23);
            }
            if (l <= 3) {
                FloatVector r3 = FloatVector.broadcast(SPECIES, x2[p3 + 3 * a2Row]);
                c30 = r3.fma(v0, c30);
                c31 = r3.fma(v1, c31);
                c32 = r3.fma(v2, c32);
                c33 = r3.fma(v3, c33);
            }
            if (l <= 4) {
                FloatVector r4 = FloatVector.broadcast(SPECIES, x2[p3 + 4 * a2Row]);
                c40 = r4.fma(v0, c40);
                c41 = r4.fma(v1, c41);
                c42 = r4.fma(v2, c42);
                c43 = r4.fma(v3, c43);
            }
            FloatVector r5 = FloatVector.broadcast(SPECIES, x2[p3 + 5 * a2Row]);
            c50 = r5.fma(v0, c50);
            c51 = r5.fma(v1, c51);
            c52 = r5.fma(v2, c52);
            c53 = r5.fma(v3, c53);
        }
        c00.intoArray(z, u);
        c01.intoArray(z, u + W);
        c02.intoArray(z, u + 2 * W);
        c03.intoArray(z, u + 3 * W);
        c10.intoArray(z, u + ldc);
        c11.intoArray(z, u + ldc + W);
        c12.intoArray(z, u + ldc + 2 * W);
        c13.intoArray(z, u + ldc + 3 * W);
        c20.intoArray(z, u + 2 * ldc);
        c21.intoArray(z, u + 2 * ldc + W);
        c22.intoArray(z, u + 2 * ldc + 2 * W);
        c23.intoArray(z, u + 2 * ldc + 3 * W);
        c30.intoArray(z, u + 3 * ldc);
        c31.intoArray(z, u + 3 * ldc + W);
        c32.intoArray(z, u + 3 * ldc + 2 * W);
        c33.intoArray(z, u + 3 * ldc + 3 * W);
        c40.intoArray(z, u + 4 * ldc);
        c41.intoArray(z, u + 4 * ldc + W);
        c42.intoArray(z, u + 4 * ldc + 2 * W);
        c43.intoArray(z, u + 4 * ldc + 3 * W);
        c50.intoArray(z, u + 5 * ldc);
        c51.intoArray(z, u + 5 * ldc + W);
        c52.intoArray(z, u + 5 * ldc + 2 * W);
        c53.intoArray(z, u + 5 * ldc + 3 * W);
    }
}
