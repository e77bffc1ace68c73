package io.github.lightning4j.cpu.arithmetic;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

import java.lang.invoke.MethodHandles;

/**
 * {@link Tiles} on the Vector API, one species a class: {@link VectorWidths} defines it anew for
 * each.
 *
 * <p>Six rows by four vectors where there are 32 vector registers, by two elsewhere: enough sums to
 * hide the latency of the multiply-add. docs/performance.md has what else was tried.
 */
final class VectorTiles implements Tiles {
    private static final VectorSpecies<Float> SPECIES =
            VectorWidths.ClassData.of(MethodHandles.lookup()).species();
    private static final int W = SPECIES.length();
    private static final int VECTORS = SPECIES.vectorBitSize() == 512 ? 4 : 2;

    VectorTiles() {}

    @Override
    public int vectors() {
        return VECTORS;
    }

    @Override
    public void tile(
            int vectors,
            float[] a,
            int p,
            int aRow,
            int aCol,
            float[] b,
            int t,
            int ldb,
            int begin,
            int end,
            Finish finish,
            int i,
            float[] c,
            int u,
            int ldc) {
        switch (vectors) {
            case 4 -> tile6x4(a, p, aRow, aCol, b, t, ldb, begin, end, finish, i, c, u, ldc);
            case 2 -> tile6x2(a, p, aRow, aCol, b, t, ldb, begin, end, finish, i, c, u, ldc);
            default -> tile6x1(a, p, aRow, aCol, b, t, ldb, begin, end, finish, i, c, u, ldc);
        }
    }

    /** 6 rows and 4 vectors of columns of A B, k from {@code begin} to {@code end}. */
    private static void tile6x4(
            float[] a,
            int p,
            int aRow,
            int aCol,
            float[] b,
            int t,
            int ldb,
            int begin,
            int end,
            Finish finish,
            int i,
            float[] c,
            int u,
            int ldc) {
        boolean isSet = finish.isSet();
        float keeping = finish.keep();
        float[] before = finish.before(c);
        float[] weights = finish.weights();
        int at = finish.at() + i;
        int last = weights.length - 1;
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
        if (isSet) {
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
            return;
        }
        FloatVector keep = FloatVector.broadcast(SPECIES, keeping);
        FloatVector w0 = FloatVector.broadcast(SPECIES, weights[Math.min(at, last)]);
        FloatVector w1 = FloatVector.broadcast(SPECIES, weights[Math.min(at + 1, last)]);
        FloatVector w2 = FloatVector.broadcast(SPECIES, weights[Math.min(at + 2, last)]);
        FloatVector w3 = FloatVector.broadcast(SPECIES, weights[Math.min(at + 3, last)]);
        FloatVector w4 = FloatVector.broadcast(SPECIES, weights[Math.min(at + 4, last)]);
        FloatVector w5 = FloatVector.broadcast(SPECIES, weights[Math.min(at + 5, last)]);
        FloatVector s00 = FloatVector.fromArray(SPECIES, before, u);
        s00.fma(keep, s00.fma(w0, c00)).intoArray(c, u);
        FloatVector s01 = FloatVector.fromArray(SPECIES, before, u + W);
        s01.fma(keep, s01.fma(w0, c01)).intoArray(c, u + W);
        FloatVector s02 = FloatVector.fromArray(SPECIES, before, u + 2 * W);
        s02.fma(keep, s02.fma(w0, c02)).intoArray(c, u + 2 * W);
        FloatVector s03 = FloatVector.fromArray(SPECIES, before, u + 3 * W);
        s03.fma(keep, s03.fma(w0, c03)).intoArray(c, u + 3 * W);
        FloatVector s10 = FloatVector.fromArray(SPECIES, before, u + ldc);
        s10.fma(keep, s10.fma(w1, c10)).intoArray(c, u + ldc);
        FloatVector s11 = FloatVector.fromArray(SPECIES, before, u + ldc + W);
        s11.fma(keep, s11.fma(w1, c11)).intoArray(c, u + ldc + W);
        FloatVector s12 = FloatVector.fromArray(SPECIES, before, u + ldc + 2 * W);
        s12.fma(keep, s12.fma(w1, c12)).intoArray(c, u + ldc + 2 * W);
        FloatVector s13 = FloatVector.fromArray(SPECIES, before, u + ldc + 3 * W);
        s13.fma(keep, s13.fma(w1, c13)).intoArray(c, u + ldc + 3 * W);
        FloatVector s20 = FloatVector.fromArray(SPECIES, before, u + 2 * ldc);
        s20.fma(keep, s20.fma(w2, c20)).intoArray(c, u + 2 * ldc);
        FloatVector s21 = FloatVector.fromArray(SPECIES, before, u + 2 * ldc + W);
        s21.fma(keep, s21.fma(w2, c21)).intoArray(c, u + 2 * ldc + W);
        FloatVector s22 = FloatVector.fromArray(SPECIES, before, u + 2 * ldc + 2 * W);
        s22.fma(keep, s22.fma(w2, c22)).intoArray(c, u + 2 * ldc + 2 * W);
        FloatVector s23 = FloatVector.fromArray(SPECIES, before, u + 2 * ldc + 3 * W);
        s23.fma(keep, s23.fma(w2, c23)).intoArray(c, u + 2 * ldc + 3 * W);
        FloatVector s30 = FloatVector.fromArray(SPECIES, before, u + 3 * ldc);
        s30.fma(keep, s30.fma(w3, c30)).intoArray(c, u + 3 * ldc);
        FloatVector s31 = FloatVector.fromArray(SPECIES, before, u + 3 * ldc + W);
        s31.fma(keep, s31.fma(w3, c31)).intoArray(c, u + 3 * ldc + W);
        FloatVector s32 = FloatVector.fromArray(SPECIES, before, u + 3 * ldc + 2 * W);
        s32.fma(keep, s32.fma(w3, c32)).intoArray(c, u + 3 * ldc + 2 * W);
        FloatVector s33 = FloatVector.fromArray(SPECIES, before, u + 3 * ldc + 3 * W);
        s33.fma(keep, s33.fma(w3, c33)).intoArray(c, u + 3 * ldc + 3 * W);
        FloatVector s40 = FloatVector.fromArray(SPECIES, before, u + 4 * ldc);
        s40.fma(keep, s40.fma(w4, c40)).intoArray(c, u + 4 * ldc);
        FloatVector s41 = FloatVector.fromArray(SPECIES, before, u + 4 * ldc + W);
        s41.fma(keep, s41.fma(w4, c41)).intoArray(c, u + 4 * ldc + W);
        FloatVector s42 = FloatVector.fromArray(SPECIES, before, u + 4 * ldc + 2 * W);
        s42.fma(keep, s42.fma(w4, c42)).intoArray(c, u + 4 * ldc + 2 * W);
        FloatVector s43 = FloatVector.fromArray(SPECIES, before, u + 4 * ldc + 3 * W);
        s43.fma(keep, s43.fma(w4, c43)).intoArray(c, u + 4 * ldc + 3 * W);
        FloatVector s50 = FloatVector.fromArray(SPECIES, before, u + 5 * ldc);
        s50.fma(keep, s50.fma(w5, c50)).intoArray(c, u + 5 * ldc);
        FloatVector s51 = FloatVector.fromArray(SPECIES, before, u + 5 * ldc + W);
        s51.fma(keep, s51.fma(w5, c51)).intoArray(c, u + 5 * ldc + W);
        FloatVector s52 = FloatVector.fromArray(SPECIES, before, u + 5 * ldc + 2 * W);
        s52.fma(keep, s52.fma(w5, c52)).intoArray(c, u + 5 * ldc + 2 * W);
        FloatVector s53 = FloatVector.fromArray(SPECIES, before, u + 5 * ldc + 3 * W);
        s53.fma(keep, s53.fma(w5, c53)).intoArray(c, u + 5 * ldc + 3 * W);
    }

    /** 6 rows and 2 vectors of columns of A B, k from {@code begin} to {@code end}. */
    private static void tile6x2(
            float[] a,
            int p,
            int aRow,
            int aCol,
            float[] b,
            int t,
            int ldb,
            int begin,
            int end,
            Finish finish,
            int i,
            float[] c,
            int u,
            int ldc) {
        boolean isSet = finish.isSet();
        float keeping = finish.keep();
        float[] before = finish.before(c);
        float[] weights = finish.weights();
        int at = finish.at() + i;
        int last = weights.length - 1;
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
        if (isSet) {
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
            return;
        }
        FloatVector keep = FloatVector.broadcast(SPECIES, keeping);
        FloatVector w0 = FloatVector.broadcast(SPECIES, weights[Math.min(at, last)]);
        FloatVector w1 = FloatVector.broadcast(SPECIES, weights[Math.min(at + 1, last)]);
        FloatVector w2 = FloatVector.broadcast(SPECIES, weights[Math.min(at + 2, last)]);
        FloatVector w3 = FloatVector.broadcast(SPECIES, weights[Math.min(at + 3, last)]);
        FloatVector w4 = FloatVector.broadcast(SPECIES, weights[Math.min(at + 4, last)]);
        FloatVector w5 = FloatVector.broadcast(SPECIES, weights[Math.min(at + 5, last)]);
        FloatVector s00 = FloatVector.fromArray(SPECIES, before, u);
        s00.fma(keep, s00.fma(w0, c00)).intoArray(c, u);
        FloatVector s01 = FloatVector.fromArray(SPECIES, before, u + W);
        s01.fma(keep, s01.fma(w0, c01)).intoArray(c, u + W);
        FloatVector s10 = FloatVector.fromArray(SPECIES, before, u + ldc);
        s10.fma(keep, s10.fma(w1, c10)).intoArray(c, u + ldc);
        FloatVector s11 = FloatVector.fromArray(SPECIES, before, u + ldc + W);
        s11.fma(keep, s11.fma(w1, c11)).intoArray(c, u + ldc + W);
        FloatVector s20 = FloatVector.fromArray(SPECIES, before, u + 2 * ldc);
        s20.fma(keep, s20.fma(w2, c20)).intoArray(c, u + 2 * ldc);
        FloatVector s21 = FloatVector.fromArray(SPECIES, before, u + 2 * ldc + W);
        s21.fma(keep, s21.fma(w2, c21)).intoArray(c, u + 2 * ldc + W);
        FloatVector s30 = FloatVector.fromArray(SPECIES, before, u + 3 * ldc);
        s30.fma(keep, s30.fma(w3, c30)).intoArray(c, u + 3 * ldc);
        FloatVector s31 = FloatVector.fromArray(SPECIES, before, u + 3 * ldc + W);
        s31.fma(keep, s31.fma(w3, c31)).intoArray(c, u + 3 * ldc + W);
        FloatVector s40 = FloatVector.fromArray(SPECIES, before, u + 4 * ldc);
        s40.fma(keep, s40.fma(w4, c40)).intoArray(c, u + 4 * ldc);
        FloatVector s41 = FloatVector.fromArray(SPECIES, before, u + 4 * ldc + W);
        s41.fma(keep, s41.fma(w4, c41)).intoArray(c, u + 4 * ldc + W);
        FloatVector s50 = FloatVector.fromArray(SPECIES, before, u + 5 * ldc);
        s50.fma(keep, s50.fma(w5, c50)).intoArray(c, u + 5 * ldc);
        FloatVector s51 = FloatVector.fromArray(SPECIES, before, u + 5 * ldc + W);
        s51.fma(keep, s51.fma(w5, c51)).intoArray(c, u + 5 * ldc + W);
    }

    /** 6 rows and 1 vector of columns of A B, k from {@code begin} to {@code end}. */
    private static void tile6x1(
            float[] a,
            int p,
            int aRow,
            int aCol,
            float[] b,
            int t,
            int ldb,
            int begin,
            int end,
            Finish finish,
            int i,
            float[] c,
            int u,
            int ldc) {
        boolean isSet = finish.isSet();
        float keeping = finish.keep();
        float[] before = finish.before(c);
        float[] weights = finish.weights();
        int at = finish.at() + i;
        int last = weights.length - 1;
        FloatVector c00 = FloatVector.zero(SPECIES);
        FloatVector c10 = c00;
        FloatVector c20 = c00;
        FloatVector c30 = c00;
        FloatVector c40 = c00;
        FloatVector c50 = c00;
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
        if (isSet) {
            c00.intoArray(c, u);
            c10.intoArray(c, u + ldc);
            c20.intoArray(c, u + 2 * ldc);
            c30.intoArray(c, u + 3 * ldc);
            c40.intoArray(c, u + 4 * ldc);
            c50.intoArray(c, u + 5 * ldc);
            return;
        }
        FloatVector keep = FloatVector.broadcast(SPECIES, keeping);
        FloatVector w0 = FloatVector.broadcast(SPECIES, weights[Math.min(at, last)]);
        FloatVector w1 = FloatVector.broadcast(SPECIES, weights[Math.min(at + 1, last)]);
        FloatVector w2 = FloatVector.broadcast(SPECIES, weights[Math.min(at + 2, last)]);
        FloatVector w3 = FloatVector.broadcast(SPECIES, weights[Math.min(at + 3, last)]);
        FloatVector w4 = FloatVector.broadcast(SPECIES, weights[Math.min(at + 4, last)]);
        FloatVector w5 = FloatVector.broadcast(SPECIES, weights[Math.min(at + 5, last)]);
        FloatVector s00 = FloatVector.fromArray(SPECIES, before, u);
        s00.fma(keep, s00.fma(w0, c00)).intoArray(c, u);
        FloatVector s10 = FloatVector.fromArray(SPECIES, before, u + ldc);
        s10.fma(keep, s10.fma(w1, c10)).intoArray(c, u + ldc);
        FloatVector s20 = FloatVector.fromArray(SPECIES, before, u + 2 * ldc);
        s20.fma(keep, s20.fma(w2, c20)).intoArray(c, u + 2 * ldc);
        FloatVector s30 = FloatVector.fromArray(SPECIES, before, u + 3 * ldc);
        s30.fma(keep, s30.fma(w3, c30)).intoArray(c, u + 3 * ldc);
        FloatVector s40 = FloatVector.fromArray(SPECIES, before, u + 4 * ldc);
        s40.fma(keep, s40.fma(w4, c40)).intoArray(c, u + 4 * ldc);
        FloatVector s50 = FloatVector.fromArray(SPECIES, before, u + 5 * ldc);
        s50.fma(keep, s50.fma(w5, c50)).intoArray(c, u + 5 * ldc);
    }
}
