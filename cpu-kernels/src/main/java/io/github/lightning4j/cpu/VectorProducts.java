package io.github.lightning4j.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

import java.lang.invoke.MethodHandles;

/**
 * {@link Products} on the Vector API, one species a class: {@link VectorWidths} defines it anew for
 * each.
 *
 * <p>The register block is six rows by four vectors where there are 32 vector registers (AVX-512),
 * by two elsewhere: enough independent sums to hide the latency of the fused multiply-add, with
 * room for the operands. docs/performance.md has what else was tried.
 */
final class VectorProducts implements Products {
    private static final VectorSpecies<Float> SPECIES =
            VectorWidths.ClassData.of(MethodHandles.lookup()).species();
    private static final int W = SPECIES.length();
    private static final int TILE_VECTORS = SPECIES.vectorBitSize() == 512 ? 4 : 2;

    VectorProducts() {}

    @Override
    public void multiplyAdd(
            Band band,
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
        int j = 0;
        for (int vectors = TILE_VECTORS; vectors > 0; vectors /= 2) {
            for (; j + (vectors - 1) * W < n; j += vectors * W) {
                int first = band == Band.LOWER_RESULT ? j - j % TILE_ROWS : 0;
                for (int i = first; i < m; i += TILE_ROWS) {
                    int begin = band == Band.UPPER_LEFT ? Math.min(k, i + TILE_ROWS) : 0;
                    int end = band == Band.LOWER_LEFT ? Math.min(k, i) : k;
                    int p = i * aRow;
                    int u = i * ldc + j;
                    switch (vectors) {
                        case 4 -> tile6x4(a, p, aRow, aCol, b, j, ldb, c, u, ldc, begin, end);
                        case 2 -> tile6x2(a, p, aRow, aCol, b, j, ldb, c, u, ldc, begin, end);
                        default -> tile6x1(a, p, aRow, aCol, b, j, ldb, c, u, ldc, begin, end);
                    }
                }
            }
        }
        if (band == Band.LOWER_LEFT || band == Band.UPPER_LEFT) {
            diagonal(band, a, aRow, aCol, b, ldb, c, ldc, m, n, k);
        }
    }

    /** The triangles on the diagonal that the tiles of a lower or upper A leave out. */
    private static void diagonal(
            Band band,
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
        for (int i = 0; i < m; i++) {
            int tile = i - i % TILE_ROWS;
            int begin = band == Band.LOWER_LEFT ? tile : i;
            int end = Math.min(k, band == Band.LOWER_LEFT ? i + 1 : tile + TILE_ROWS);
            for (int j = 0; j < n; j += W) {
                FloatVector sum = FloatVector.fromArray(SPECIES, c, i * ldc + j);
                for (int l = begin; l < end; l++) {
                    FloatVector x = FloatVector.broadcast(SPECIES, a[i * aRow + l * aCol]);
                    sum = x.fma(FloatVector.fromArray(SPECIES, b, l * ldb + j), sum);
                }
                sum.intoArray(c, i * ldc + j);
            }
        }
    }

    /** C += A B on 6 rows and 4 vectors of columns, k from {@code begin} to {@code end}. */
    private static void tile6x4(
            float[] a,
            int p,
            int aRow,
            int aCol,
            float[] b,
            int t,
            int ldb,
            float[] c,
            int u,
            int ldc,
            int begin,
            int end) {
        FloatVector c00 = FloatVector.fromArray(SPECIES, c, u);
        FloatVector c01 = FloatVector.fromArray(SPECIES, c, u + W);
        FloatVector c02 = FloatVector.fromArray(SPECIES, c, u + 2 * W);
        FloatVector c03 = FloatVector.fromArray(SPECIES, c, u + 3 * W);
        FloatVector c10 = FloatVector.fromArray(SPECIES, c, u + ldc);
        FloatVector c11 = FloatVector.fromArray(SPECIES, c, u + ldc + W);
        FloatVector c12 = FloatVector.fromArray(SPECIES, c, u + ldc + 2 * W);
        FloatVector c13 = FloatVector.fromArray(SPECIES, c, u + ldc + 3 * W);
        FloatVector c20 = FloatVector.fromArray(SPECIES, c, u + 2 * ldc);
        FloatVector c21 = FloatVector.fromArray(SPECIES, c, u + 2 * ldc + W);
        FloatVector c22 = FloatVector.fromArray(SPECIES, c, u + 2 * ldc + 2 * W);
        FloatVector c23 = FloatVector.fromArray(SPECIES, c, u + 2 * ldc + 3 * W);
        FloatVector c30 = FloatVector.fromArray(SPECIES, c, u + 3 * ldc);
        FloatVector c31 = FloatVector.fromArray(SPECIES, c, u + 3 * ldc + W);
        FloatVector c32 = FloatVector.fromArray(SPECIES, c, u + 3 * ldc + 2 * W);
        FloatVector c33 = FloatVector.fromArray(SPECIES, c, u + 3 * ldc + 3 * W);
        FloatVector c40 = FloatVector.fromArray(SPECIES, c, u + 4 * ldc);
        FloatVector c41 = FloatVector.fromArray(SPECIES, c, u + 4 * ldc + W);
        FloatVector c42 = FloatVector.fromArray(SPECIES, c, u + 4 * ldc + 2 * W);
        FloatVector c43 = FloatVector.fromArray(SPECIES, c, u + 4 * ldc + 3 * W);
        FloatVector c50 = FloatVector.fromArray(SPECIES, c, u + 5 * ldc);
        FloatVector c51 = FloatVector.fromArray(SPECIES, c, u + 5 * ldc + W);
        FloatVector c52 = FloatVector.fromArray(SPECIES, c, u + 5 * ldc + 2 * W);
        FloatVector c53 = FloatVector.fromArray(SPECIES, c, u + 5 * ldc + 3 * W);
        p += begin * aCol;
        t += begin * ldb;
        for (int l = begin; l < end; l++, p += aCol, t += ldb) {
            FloatVector b0 = FloatVector.fromArray(SPECIES, b, t);
            FloatVector b1 = FloatVector.fromArray(SPECIES, b, t + W);
            FloatVector b2 = FloatVector.fromArray(SPECIES, b, t + 2 * W);
            FloatVector b3 = FloatVector.fromArray(SPECIES, b, t + 3 * W);
            FloatVector a0 = FloatVector.broadcast(SPECIES, a[p]);
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            c02 = a0.fma(b2, c02);
            c03 = a0.fma(b3, c03);
            FloatVector a1 = FloatVector.broadcast(SPECIES, a[p + aRow]);
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            c12 = a1.fma(b2, c12);
            c13 = a1.fma(b3, c13);
            FloatVector a2 = FloatVector.broadcast(SPECIES, a[p + 2 * aRow]);
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            c22 = a2.fma(b2, c22);
            c23 = a2.fma(b3, c23);
            FloatVector a3 = FloatVector.broadcast(SPECIES, a[p + 3 * aRow]);
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
            c32 = a3.fma(b2, c32);
            c33 = a3.fma(b3, c33);
            FloatVector a4 = FloatVector.broadcast(SPECIES, a[p + 4 * aRow]);
            c40 = a4.fma(b0, c40);
            c41 = a4.fma(b1, c41);
            c42 = a4.fma(b2, c42);
            c43 = a4.fma(b3, c43);
            FloatVector a5 = FloatVector.broadcast(SPECIES, a[p + 5 * aRow]);
            c50 = a5.fma(b0, c50);
            c51 = a5.fma(b1, c51);
            c52 = a5.fma(b2, c52);
            c53 = a5.fma(b3, c53);
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

    /** C += A B on 6 rows and 2 vectors of columns, k from {@code begin} to {@code end}. */
    private static void tile6x2(
            float[] a,
            int p,
            int aRow,
            int aCol,
            float[] b,
            int t,
            int ldb,
            float[] c,
            int u,
            int ldc,
            int begin,
            int end) {
        FloatVector c00 = FloatVector.fromArray(SPECIES, c, u);
        FloatVector c01 = FloatVector.fromArray(SPECIES, c, u + W);
        FloatVector c10 = FloatVector.fromArray(SPECIES, c, u + ldc);
        FloatVector c11 = FloatVector.fromArray(SPECIES, c, u + ldc + W);
        FloatVector c20 = FloatVector.fromArray(SPECIES, c, u + 2 * ldc);
        FloatVector c21 = FloatVector.fromArray(SPECIES, c, u + 2 * ldc + W);
        FloatVector c30 = FloatVector.fromArray(SPECIES, c, u + 3 * ldc);
        FloatVector c31 = FloatVector.fromArray(SPECIES, c, u + 3 * ldc + W);
        FloatVector c40 = FloatVector.fromArray(SPECIES, c, u + 4 * ldc);
        FloatVector c41 = FloatVector.fromArray(SPECIES, c, u + 4 * ldc + W);
        FloatVector c50 = FloatVector.fromArray(SPECIES, c, u + 5 * ldc);
        FloatVector c51 = FloatVector.fromArray(SPECIES, c, u + 5 * ldc + W);
        p += begin * aCol;
        t += begin * ldb;
        for (int l = begin; l < end; l++, p += aCol, t += ldb) {
            FloatVector b0 = FloatVector.fromArray(SPECIES, b, t);
            FloatVector b1 = FloatVector.fromArray(SPECIES, b, t + W);
            FloatVector a0 = FloatVector.broadcast(SPECIES, a[p]);
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            FloatVector a1 = FloatVector.broadcast(SPECIES, a[p + aRow]);
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            FloatVector a2 = FloatVector.broadcast(SPECIES, a[p + 2 * aRow]);
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            FloatVector a3 = FloatVector.broadcast(SPECIES, a[p + 3 * aRow]);
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
            FloatVector a4 = FloatVector.broadcast(SPECIES, a[p + 4 * aRow]);
            c40 = a4.fma(b0, c40);
            c41 = a4.fma(b1, c41);
            FloatVector a5 = FloatVector.broadcast(SPECIES, a[p + 5 * aRow]);
            c50 = a5.fma(b0, c50);
            c51 = a5.fma(b1, c51);
        }
        c00.intoArray(c, u);
        c01.intoArray(c, u + W);
        c10.intoArray(c, u + ldc);
        c11.intoArray(c, u + ldc + W);
        c20.intoArray(c, u + 2 * ldc);
        c21.intoArray(c, u + 2 * ldc + W);
        c30.intoArray(c, u + 3 * ldc);
        c31.intoArray(c, u + 3 * ldc + W);
        c40.intoArray(c, u + 4 * ldc);
        c41.intoArray(c, u + 4 * ldc + W);
        c50.intoArray(c, u + 5 * ldc);
        c51.intoArray(c, u + 5 * ldc + W);
    }

    /** C += A B on 6 rows and 1 vector of columns, k from {@code begin} to {@code end}. */
    private static void tile6x1(
            float[] a,
            int p,
            int aRow,
            int aCol,
            float[] b,
            int t,
            int ldb,
            float[] c,
            int u,
            int ldc,
            int begin,
            int end) {
        FloatVector c00 = FloatVector.fromArray(SPECIES, c, u);
        FloatVector c10 = FloatVector.fromArray(SPECIES, c, u + ldc);
        FloatVector c20 = FloatVector.fromArray(SPECIES, c, u + 2 * ldc);
        FloatVector c30 = FloatVector.fromArray(SPECIES, c, u + 3 * ldc);
        FloatVector c40 = FloatVector.fromArray(SPECIES, c, u + 4 * ldc);
        FloatVector c50 = FloatVector.fromArray(SPECIES, c, u + 5 * ldc);
        p += begin * aCol;
        t += begin * ldb;
        for (int l = begin; l < end; l++, p += aCol, t += ldb) {
            FloatVector b0 = FloatVector.fromArray(SPECIES, b, t);
            FloatVector a0 = FloatVector.broadcast(SPECIES, a[p]);
            c00 = a0.fma(b0, c00);
            FloatVector a1 = FloatVector.broadcast(SPECIES, a[p + aRow]);
            c10 = a1.fma(b0, c10);
            FloatVector a2 = FloatVector.broadcast(SPECIES, a[p + 2 * aRow]);
            c20 = a2.fma(b0, c20);
            FloatVector a3 = FloatVector.broadcast(SPECIES, a[p + 3 * aRow]);
            c30 = a3.fma(b0, c30);
            FloatVector a4 = FloatVector.broadcast(SPECIES, a[p + 4 * aRow]);
            c40 = a4.fma(b0, c40);
            FloatVector a5 = FloatVector.broadcast(SPECIES, a[p + 5 * aRow]);
            c50 = a5.fma(b0, c50);
        }
        c00.intoArray(c, u);
        c10.intoArray(c, u + ldc);
        c20.intoArray(c, u + 2 * ldc);
        c30.intoArray(c, u + 3 * ldc);
        c40.intoArray(c, u + 4 * ldc);
        c50.intoArray(c, u + 5 * ldc);
    }
}
