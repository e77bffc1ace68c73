package io.github.lightning4j.cpu.arithmetic;

import io.github.lightning4j.cpu.arithmetic.Matrix.Part;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

import java.lang.invoke.MethodHandles;

/**
 * {@link Products} on the Vector API, one species a class: {@link VectorWidths} defines it anew for
 * each.
 *
 * <p>A product of matrices goes in tiles, four vectors wide where there are 32 vector registers and
 * two elsewhere: enough sums to hide the latency of the multiply-add.
 */
final class VectorProducts implements Products {
    private static final VectorWidths.ClassData DATA =
            VectorWidths.ClassData.of(MethodHandles.lookup());
    private static final VectorSpecies<Float> SPECIES = DATA.species();
    private static final int W = SPECIES.length();
    private static final boolean MANY_REGISTERS = SPECIES.vectorBitSize() == 512;
    private static final int TILE_VECTORS =
            MANY_REGISTERS ? Matrix.TILE_VECTORS : Matrix.TILE_VECTORS / 2;

    /** Three vectors are what a block of 48 rows needs with 16 lanes. */
    private static final int SCORE_VECTORS = MANY_REGISTERS ? 3 : 2;

    // Constants, so that a call of one is a call of a known method.
    private static final Tile ONE = DATA.tile(1, false);
    private static final Tile TWO = DATA.tile(2, false);
    private static final Tile FOUR = DATA.tile(4, false);
    private static final Tile ONE_ADJACENT = DATA.tile(1, true);
    private static final Tile TWO_ADJACENT = DATA.tile(2, true);
    private static final Tile THREE_ADJACENT = DATA.tile(3, true);
    private static final Sums SUMS = DATA.sums();
    private static final RowProducts ROWS = DATA.rowProducts();

    VectorProducts() {}

    @Override
    public void multiply(Finish finish, Matrix a, Matrix b, Matrix c) {
        c.shape(a.rows(), b.columns());
        int m = a.rows();
        int n = b.columns();
        int k = b.rows();
        Part part = a.part();
        int j = 0;
        for (int vectors = TILE_VECTORS; vectors > 0; vectors /= 2) {
            for (; j + (vectors - 1) * W < n; j += vectors * W) {
                for (int i = 0; i < m; i += Matrix.TILE_ROWS) {
                    int begin = part == Part.UPPER ? Math.min(k, i + Matrix.TILE_ROWS) : 0;
                    int end = part == Part.LOWER ? Math.min(k, i) : k;
                    switch (vectors) {
                        case 4 -> FOUR.multiply(finish, a, b, c, i, j, begin, end);
                        case 2 -> TWO.multiply(finish, a, b, c, i, j, begin, end);
                        default -> ONE.multiply(finish, a, b, c, i, j, begin, end);
                    }
                }
            }
        }
        if (part != Part.ALL) {
            diagonal(a, b, c);
        }
    }

    /** The triangles on the diagonal that the tiles of a triangle A leave out. */
    private static void diagonal(Matrix a, Matrix b, Matrix c) {
        float[] x = a.floats();
        float[] y = b.floats();
        float[] z = c.floats();
        int aRow = a.rowStride();
        int aCol = a.columnStride();
        int ldb = b.rowStride();
        int ldc = c.rowStride();
        int n = c.columns();
        boolean lower = a.part() == Part.LOWER;
        for (int i = 0; i < c.rows(); i++) {
            int tile = i - i % Matrix.TILE_ROWS;
            int begin = lower ? tile : i;
            int end = Math.min(b.rows(), lower ? i + 1 : tile + Matrix.TILE_ROWS);
            for (int j = 0; j < n; j += W) {
                FloatVector sum = FloatVector.fromArray(SPECIES, z, i * ldc + j);
                for (int l = begin; l < end; l++) {
                    FloatVector value = FloatVector.broadcast(SPECIES, x[i * aRow + l * aCol]);
                    sum = value.fma(FloatVector.fromArray(SPECIES, y, l * ldb + j), sum);
                }
                sum.intoArray(z, i * ldc + j);
            }
        }
    }

    @Override
    public void sum(Finish weigh, Matrix a, Matrix b, Matrix a2, Matrix b2, Matrix c) {
        if (!SUMS.sum(weigh, a, b, a2, b2, c)) {
            Products.super.sum(weigh, a, b, a2, b2, c);
        }
    }

    /** In tiles that are no wider than they must be to reach the diagonal. */
    @Override
    public void scores(Matrix a, Matrix b, Matrix c) {
        c.shape(a.rows(), b.columns());
        int m = a.rows();
        int k = b.rows();
        for (int i = 0; i < m; i += Matrix.TILE_ROWS) {
            int vectors = (Math.min(m, i + Matrix.TILE_ROWS) + W - 1) / W;
            for (int v = 0; v < vectors; v += SCORE_VECTORS) {
                int j = v * W;
                switch (Math.min(SCORE_VECTORS, vectors - v)) {
                    case 3 -> THREE_ADJACENT.multiply(Finish.SET, a, b, c, i, j, 0, k);
                    case 2 -> TWO_ADJACENT.multiply(Finish.SET, a, b, c, i, j, 0, k);
                    default -> ONE_ADJACENT.multiply(Finish.SET, a, b, c, i, j, 0, k);
                }
            }
        }
    }

    @Override
    public void multiplyRows(float[] weights, int at, Matrix x, StoredMatrix m, Matrix y) {
        ROWS.multiplyRows(weights, at, x, m, y);
    }

    @Override
    public void multiplyRows(float[] weights, int at, Matrix x, StoredScaledMatrix m, Matrix y) {
        ROWS.multiplyRows(weights, at, x, m, y);
    }

    @Override
    public void addRow(Matrix x, StoredMatrix m, Matrix y, int i) {
        ROWS.addRow(x, m, y, i);
    }

    @Override
    public void dots(StoredMatrix m, Matrix x, int i, float[] weights, int at, Matrix y) {
        ROWS.dots(m, x, i, weights, at, y);
    }
}
