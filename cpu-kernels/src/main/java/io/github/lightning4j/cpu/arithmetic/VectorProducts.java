package io.github.lightning4j.cpu.arithmetic;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

import java.lang.invoke.MethodHandles;

/**
 * {@link Products} on the Vector API, one species a class: {@link VectorWidths} defines it anew for
 * each.
 */
final class VectorProducts implements Products {
    private static final VectorWidths.ClassData DATA =
            VectorWidths.ClassData.of(MethodHandles.lookup());
    private static final VectorSpecies<Float> SPECIES = DATA.species();
    private static final Tiles TILES = DATA.part(Tiles.class);
    private static final Pairs PAIRS = DATA.part(Pairs.class);
    private static final int W = SPECIES.length();

    VectorProducts() {}

    @Override
    public void multiply(
            Band band,
            Finish finish,
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
        for (int vectors = TILES.vectors(); vectors > 0; vectors /= 2) {
            for (; j + (vectors - 1) * W < n; j += vectors * W) {
                for (int i = 0; i < m; i += TILE_ROWS) {
                    int begin = band == Band.UPPER_LEFT ? Math.min(k, i + TILE_ROWS) : 0;
                    int end = band == Band.LOWER_LEFT ? Math.min(k, i) : k;
                    int p = i * aRow;
                    int u = i * ldc + j;
                    TILES.tile(
                            vectors, a, p, aRow, aCol, b, j, ldb, begin, end, finish, i, c, u, ldc);
                }
            }
        }
        if (band == Band.LOWER_LEFT || band == Band.UPPER_LEFT) {
            diagonal(band, a, aRow, aCol, b, ldb, c, ldc, m, n, k);
        }
    }

    @Override
    public void multiplyBoth(
            Band band,
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
        if (!PAIRS.multiplyBoth(band, weigh, a, aRow, b, k, a2, a2Row, a2Col, b2, ld, c, m, n)) {
            Products.super.multiplyBoth(
                    band, weigh, a, aRow, b, k, a2, a2Row, a2Col, b2, ld, c, m, n);
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
}
