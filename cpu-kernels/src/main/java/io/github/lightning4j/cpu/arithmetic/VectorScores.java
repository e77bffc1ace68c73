package io.github.lightning4j.cpu.arithmetic;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

import java.lang.invoke.MethodHandles;

/**
 * {@link Scores} on the Vector API, one species a class: {@link VectorWidths} defines it anew for
 * each.
 *
 * <p>Six rows at a time, and no more vectors of columns than reach the diagonal. Three vectors are
 * what a block of 48 rows needs with 16 lanes; they fit 32 registers, elsewhere two do.
 */
final class VectorScores implements Scores {
    private static final VectorSpecies<Float> SPECIES =
            VectorWidths.ClassData.of(MethodHandles.lookup()).species();
    private static final int W = SPECIES.length();
    private static final int ROWS = Products.TILE_ROWS;
    private static final int TILE_VECTORS = SPECIES.vectorBitSize() == 512 ? 3 : 2;

    VectorScores() {}

    @Override
    public void scores(float[] a, int lda, float[] b, int ldb, float[] c, int ldc, int m, int k) {
        for (int i = 0; i < m; i += ROWS) {
            int vectors = (Math.min(m, i + ROWS) + W - 1) / W;
            for (int j = 0; j < vectors; j += TILE_VECTORS) {
                int p = i * lda;
                int t = j * W;
                int u = i * ldc + t;
                switch (Math.min(TILE_VECTORS, vectors - j)) {
                    case 3 -> tile6x3(a, p, lda, b, t, ldb, c, u, ldc, k);
                    case 2 -> tile6x2(a, p, lda, b, t, ldb, c, u, ldc, k);
                    default -> tile6x1(a, p, lda, b, t, ldb, c, u, ldc, k);
                }
            }
        }
    }

    /** 6 rows and 3 vectors of columns of A B. */
    private static void tile6x3(
            float[] a,
            int p,
            int lda,
            float[] b,
            int t,
            int ldb,
            float[] c,
            int u,
            int ldc,
            int k) {
        FloatVector c00 = FloatVector.zero(SPECIES);
        FloatVector c01 = c00;
        FloatVector c02 = c00;
        FloatVector c10 = c00;
        FloatVector c11 = c00;
        FloatVector c12 = c00;
        FloatVector c20 = c00;
        FloatVector c21 = c00;
        FloatVector c22 = c00;
        FloatVector c30 = c00;
        FloatVector c31 = c00;
        FloatVector c32 = c00;
        FloatVector c40 = c00;
        FloatVector c41 = c00;
        FloatVector c42 = c00;
        FloatVector c50 = c00;
        FloatVector c51 = c00;
        FloatVector c52 = c00;
        for (int l = 0; l < k; l++, p++, t += ldb) {
            FloatVector b0 = FloatVector.fromArray(SPECIES, b, t);
            FloatVector b1 = FloatVector.fromArray(SPECIES, b, t + W);
            FloatVector b2 = FloatVector.fromArray(SPECIES, b, t + 2 * W);
            FloatVector a0 = FloatVector.broadcast(SPECIES, a[p]);
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            c02 = a0.fma(b2, c02);
            FloatVector a1 = FloatVector.broadcast(SPECIES, a[p + lda]);
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            c12 = a1.fma(b2, c12);
            FloatVector a2 = FloatVector.broadcast(SPECIES, a[p + 2 * lda]);
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            c22 = a2.fma(b2, c22);
            FloatVector a3 = FloatVector.broadcast(SPECIES, a[p + 3 * lda]);
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
            c32 = a3.fma(b2, c32);
            FloatVector a4 = FloatVector.broadcast(SPECIES, a[p + 4 * lda]);
            c40 = a4.fma(b0, c40);
            c41 = a4.fma(b1, c41);
            c42 = a4.fma(b2, c42);
            FloatVector a5 = FloatVector.broadcast(SPECIES, a[p + 5 * lda]);
            c50 = a5.fma(b0, c50);
            c51 = a5.fma(b1, c51);
            c52 = a5.fma(b2, c52);
        }
        c00.intoArray(c, u);
        c01.intoArray(c, u + W);
        c02.intoArray(c, u + 2 * W);
        c10.intoArray(c, u + ldc);
        c11.intoArray(c, u + ldc + W);
        c12.intoArray(c, u + ldc + 2 * W);
        c20.intoArray(c, u + 2 * ldc);
        c21.intoArray(c, u + 2 * ldc + W);
        c22.intoArray(c, u + 2 * ldc + 2 * W);
        c30.intoArray(c, u + 3 * ldc);
        c31.intoArray(c, u + 3 * ldc + W);
        c32.intoArray(c, u + 3 * ldc + 2 * W);
        c40.intoArray(c, u + 4 * ldc);
        c41.intoArray(c, u + 4 * ldc + W);
        c42.intoArray(c, u + 4 * ldc + 2 * W);
        c50.intoArray(c, u + 5 * ldc);
        c51.intoArray(c, u + 5 * ldc + W);
        c52.intoArray(c, u + 5 * ldc + 2 * W);
    }

    /** 6 rows and 2 vectors of columns of A B. */
    private static void tile6x2(
            float[] a,
            int p,
            int lda,
            float[] b,
            int t,
            int ldb,
            float[] c,
            int u,
            int ldc,
            int k) {
        FloatVector c00 = FloatVector.zero(SPECIES);
        FloatVector c01 = c00;
        FloatVector c10 = c00;
        FloatVector c11 = c00;
        FloatVector c20 = c00;
        FloatVector c21 = c00;
        FloatVector c30 = c00;
        FloatVector c31 = c00;
        FloatVector c40 = c00;
        FloatVector c41 = c00;
        FloatVector c50 = c00;
        FloatVector c51 = c00;
        for (int l = 0; l < k; l++, p++, t += ldb) {
            FloatVector b0 = FloatVector.fromArray(SPECIES, b, t);
            FloatVector b1 = FloatVector.fromArray(SPECIES, b, t + W);
            FloatVector a0 = FloatVector.broadcast(SPECIES, a[p]);
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            FloatVector a1 = FloatVector.broadcast(SPECIES, a[p + lda]);
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            FloatVector a2 = FloatVector.broadcast(SPECIES, a[p + 2 * lda]);
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            FloatVector a3 = FloatVector.broadcast(SPECIES, a[p + 3 * lda]);
            c30 = a3.fma(b0, c30);
            c31 = a3.fma(b1, c31);
            FloatVector a4 = FloatVector.broadcast(SPECIES, a[p + 4 * lda]);
            c40 = a4.fma(b0, c40);
            c41 = a4.fma(b1, c41);
            FloatVector a5 = FloatVector.broadcast(SPECIES, a[p + 5 * lda]);
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

    /** 6 rows and 1 vector of columns of A B. */
    private static void tile6x1(
            float[] a,
            int p,
            int lda,
            float[] b,
            int t,
            int ldb,
            float[] c,
            int u,
            int ldc,
            int k) {
        FloatVector c00 = FloatVector.zero(SPECIES);
        FloatVector c10 = c00;
        FloatVector c20 = c00;
        FloatVector c30 = c00;
        FloatVector c40 = c00;
        FloatVector c50 = c00;
        for (int l = 0; l < k; l++, p++, t += ldb) {
            FloatVector b0 = FloatVector.fromArray(SPECIES, b, t);
            FloatVector a0 = FloatVector.broadcast(SPECIES, a[p]);
            c00 = a0.fma(b0, c00);
            FloatVector a1 = FloatVector.broadcast(SPECIES, a[p + lda]);
            c10 = a1.fma(b0, c10);
            FloatVector a2 = FloatVector.broadcast(SPECIES, a[p + 2 * lda]);
            c20 = a2.fma(b0, c20);
            FloatVector a3 = FloatVector.broadcast(SPECIES, a[p + 3 * lda]);
            c30 = a3.fma(b0, c30);
            FloatVector a4 = FloatVector.broadcast(SPECIES, a[p + 4 * lda]);
            c40 = a4.fma(b0, c40);
            FloatVector a5 = FloatVector.broadcast(SPECIES, a[p + 5 * lda]);
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
