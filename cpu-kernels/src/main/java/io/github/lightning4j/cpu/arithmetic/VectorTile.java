package io.github.lightning4j.cpu.arithmetic;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

import java.lang.invoke.MethodHandles;

/**
 * {@link Tile} on the Vector API, one species and one width N in vectors a class: {@link
 * VectorWidths} defines it anew for each, so that this one source serves the tiles of all widths.
 *
 * <p>N is a constant for the compiler, as the species is: what a narrow tile does not have is not
 * compiled. Whether the rows of A are adjacent floats is a constant too: with a step of 1 the
 * compiler takes the range checks of A out of the loop. The sums are local variables, because only
 * those stay in registers; an array of sums, or a method that takes them, put them on the heap.
 */
final class VectorTile implements Tile {
    private static final VectorWidths.ClassData DATA =
            VectorWidths.ClassData.of(MethodHandles.lookup());
    private static final VectorSpecies<Float> SPECIES = DATA.species();
    private static final int W = SPECIES.length();
    private static final int N = DATA.columns();
    private static final boolean ADJACENT = DATA.adjacent();

    VectorTile() {}

    @Override
    public void multiply(
            Finish finish, Matrix a, Matrix b, Matrix c, int i, int j, int begin, int end) {
        float[] x = a.floats();
        float[] y = b.floats();
        float[] z = c.floats();
        int aRow = a.rowStride();
        int aCol = ADJACENT ? 1 : a.columnStride();
        int ldb = b.rowStride();
        int ldc = c.rowStride();
        boolean isSet = finish.isSet();
        float keeping = finish.keep();
        float[] before = finish.before(z);
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
        int p = i * aRow + begin * aCol;
        int t = begin * ldb + j;
        for (int l = begin; l < end; l++, p += aCol, t += ldb) {
            FloatVector b0 = FloatVector.fromArray(SPECIES, y, t);
            FloatVector b1 = N > 1 ? FloatVector.fromArray(SPECIES, y, t + W) : b0;
            FloatVector b2 = N > 2 ? FloatVector.fromArray(SPECIES, y, t + 2 * W) : b0;
            FloatVector b3 = N > 3 ? FloatVector.fromArray(SPECIES, y, t + 3 * W) : b0;
            FloatVector a0 = FloatVector.broadcast(SPECIES, x[p]);
            c00 = a0.fma(b0, c00);
            c01 = N > 1 ? a0.fma(b1, c01) : c01;
            c02 = N > 2 ? a0.fma(b2, c02) : c02;
            c03 = N > 3 ? a0.fma(b3, c03) : c03;
            FloatVector a1 = FloatVector.broadcast(SPECIES, x[p + aRow]);
            c10 = a1.fma(b0, c10);
            c11 = N > 1 ? a1.fma(b1, c11) : c11;
            c12 = N > 2 ? a1.fma(b2, c12) : c12;
            c13 = N > 3 ? a1.fma(b3, c13) : c13;
            FloatVector a2 = FloatVector.broadcast(SPECIES, x[p + 2 * aRow]);
            c20 = a2.fma(b0, c20);
            c21 = N > 1 ? a2.fma(b1, c21) : c21;
            c22 = N > 2 ? a2.fma(b2, c22) : c22;
            c23 = N > 3 ? a2.fma(b3, c23) : c23;
            FloatVector a3 = FloatVector.broadcast(SPECIES, x[p + 3 * aRow]);
            c30 = a3.fma(b0, c30);
            c31 = N > 1 ? a3.fma(b1, c31) : c31;
            c32 = N > 2 ? a3.fma(b2, c32) : c32;
            c33 = N > 3 ? a3.fma(b3, c33) : c33;
            FloatVector a4 = FloatVector.broadcast(SPECIES, x[p + 4 * aRow]);
            c40 = a4.fma(b0, c40);
            c41 = N > 1 ? a4.fma(b1, c41) : c41;
            c42 = N > 2 ? a4.fma(b2, c42) : c42;
            c43 = N > 3 ? a4.fma(b3, c43) : c43;
            FloatVector a5 = FloatVector.broadcast(SPECIES, x[p + 5 * aRow]);
            c50 = a5.fma(b0, c50);
            c51 = N > 1 ? a5.fma(b1, c51) : c51;
            c52 = N > 2 ? a5.fma(b2, c52) : c52;
            c53 = N > 3 ? a5.fma(b3, c53) : c53;
        }
        int u = i * ldc + j;
        if (isSet) {
            c00.intoArray(z, u);
            c10.intoArray(z, u + ldc);
            c20.intoArray(z, u + 2 * ldc);
            c30.intoArray(z, u + 3 * ldc);
            c40.intoArray(z, u + 4 * ldc);
            c50.intoArray(z, u + 5 * ldc);
            if (N > 1) {
                c01.intoArray(z, u + W);
                c11.intoArray(z, u + ldc + W);
                c21.intoArray(z, u + 2 * ldc + W);
                c31.intoArray(z, u + 3 * ldc + W);
                c41.intoArray(z, u + 4 * ldc + W);
                c51.intoArray(z, u + 5 * ldc + W);
            }
            if (N > 2) {
                c02.intoArray(z, u + 2 * W);
                c12.intoArray(z, u + ldc + 2 * W);
                c22.intoArray(z, u + 2 * ldc + 2 * W);
                c32.intoArray(z, u + 3 * ldc + 2 * W);
                c42.intoArray(z, u + 4 * ldc + 2 * W);
                c52.intoArray(z, u + 5 * ldc + 2 * W);
            }
            if (N > 3) {
                c03.intoArray(z, u + 3 * W);
                c13.intoArray(z, u + ldc + 3 * W);
                c23.intoArray(z, u + 2 * ldc + 3 * W);
                c33.intoArray(z, u + 3 * ldc + 3 * W);
                c43.intoArray(z, u + 4 * ldc + 3 * W);
                c53.intoArray(z, u + 5 * ldc + 3 * W);
            }
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
        s00.fma(keep, s00.fma(w0, c00)).intoArray(z, u);
        FloatVector s10 = FloatVector.fromArray(SPECIES, before, u + ldc);
        s10.fma(keep, s10.fma(w1, c10)).intoArray(z, u + ldc);
        FloatVector s20 = FloatVector.fromArray(SPECIES, before, u + 2 * ldc);
        s20.fma(keep, s20.fma(w2, c20)).intoArray(z, u + 2 * ldc);
        FloatVector s30 = FloatVector.fromArray(SPECIES, before, u + 3 * ldc);
        s30.fma(keep, s30.fma(w3, c30)).intoArray(z, u + 3 * ldc);
        FloatVector s40 = FloatVector.fromArray(SPECIES, before, u + 4 * ldc);
        s40.fma(keep, s40.fma(w4, c40)).intoArray(z, u + 4 * ldc);
        FloatVector s50 = FloatVector.fromArray(SPECIES, before, u + 5 * ldc);
        s50.fma(keep, s50.fma(w5, c50)).intoArray(z, u + 5 * ldc);
        if (N > 1) {
            FloatVector s01 = FloatVector.fromArray(SPECIES, before, u + W);
            s01.fma(keep, s01.fma(w0, c01)).intoArray(z, u + W);
            FloatVector s11 = FloatVector.fromArray(SPECIES, before, u + ldc + W);
            s11.fma(keep, s11.fma(w1, c11)).intoArray(z, u + ldc + W);
            FloatVector s21 = FloatVector.fromArray(SPECIES, before, u + 2 * ldc + W);
            s21.fma(keep, s21.fma(w2, c21)).intoArray(z, u + 2 * ldc + W);
            FloatVector s31 = FloatVector.fromArray(SPECIES, before, u + 3 * ldc + W);
            s31.fma(keep, s31.fma(w3, c31)).intoArray(z, u + 3 * ldc + W);
            FloatVector s41 = FloatVector.fromArray(SPECIES, before, u + 4 * ldc + W);
            s41.fma(keep, s41.fma(w4, c41)).intoArray(z, u + 4 * ldc + W);
            FloatVector s51 = FloatVector.fromArray(SPECIES, before, u + 5 * ldc + W);
            s51.fma(keep, s51.fma(w5, c51)).intoArray(z, u + 5 * ldc + W);
        }
        if (N > 2) {
            FloatVector s02 = FloatVector.fromArray(SPECIES, before, u + 2 * W);
            s02.fma(keep, s02.fma(w0, c02)).intoArray(z, u + 2 * W);
            FloatVector s12 = FloatVector.fromArray(SPECIES, before, u + ldc + 2 * W);
            s12.fma(keep, s12.fma(w1, c12)).intoArray(z, u + ldc + 2 * W);
            FloatVector s22 = FloatVector.fromArray(SPECIES, before, u + 2 * ldc + 2 * W);
            s22.fma(keep, s22.fma(w2, c22)).intoArray(z, u + 2 * ldc + 2 * W);
            FloatVector s32 = FloatVector.fromArray(SPECIES, before, u + 3 * ldc + 2 * W);
            s32.fma(keep, s32.fma(w3, c32)).intoArray(z, u + 3 * ldc + 2 * W);
            FloatVector s42 = FloatVector.fromArray(SPECIES, before, u + 4 * ldc + 2 * W);
            s42.fma(keep, s42.fma(w4, c42)).intoArray(z, u + 4 * ldc + 2 * W);
            FloatVector s52 = FloatVector.fromArray(SPECIES, before, u + 5 * ldc + 2 * W);
            s52.fma(keep, s52.fma(w5, c52)).intoArray(z, u + 5 * ldc + 2 * W);
        }
        if (N > 3) {
            FloatVector s03 = FloatVector.fromArray(SPECIES, before, u + 3 * W);
            s03.fma(keep, s03.fma(w0, c03)).intoArray(z, u + 3 * W);
            FloatVector s13 = FloatVector.fromArray(SPECIES, before, u + ldc + 3 * W);
            s13.fma(keep, s13.fma(w1, c13)).intoArray(z, u + ldc + 3 * W);
            FloatVector s23 = FloatVector.fromArray(SPECIES, before, u + 2 * ldc + 3 * W);
            s23.fma(keep, s23.fma(w2, c23)).intoArray(z, u + 2 * ldc + 3 * W);
            FloatVector s33 = FloatVector.fromArray(SPECIES, before, u + 3 * ldc + 3 * W);
            s33.fma(keep, s33.fma(w3, c33)).intoArray(z, u + 3 * ldc + 3 * W);
            FloatVector s43 = FloatVector.fromArray(SPECIES, before, u + 4 * ldc + 3 * W);
            s43.fma(keep, s43.fma(w4, c43)).intoArray(z, u + 4 * ldc + 3 * W);
            FloatVector s53 = FloatVector.fromArray(SPECIES, before, u + 5 * ldc + 3 * W);
            s53.fma(keep, s53.fma(w5, c53)).intoArray(z, u + 5 * ldc + 3 * W);
        }
    }
}
