package io.github.lightning4j.cpu.arithmetic;

import io.github.lightning4j.cpu.arithmetic.Matrix.Part;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;

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
    private static final ByteOrder NATIVE = ByteOrder.nativeOrder();
    private static final boolean MANY_REGISTERS = SPECIES.vectorBitSize() == 512;
    private static final int TILE_VECTORS = MANY_REGISTERS ? 4 : 2;

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

    VectorProducts() {}

    @Override
    public void multiply(Finish finish, Matrix a, Matrix b, Matrix c) {
        c.shape(a.rows(), b.columns());
        tiles(finish, a, b, c, 0, a.rows());
        if (a.part() != Part.ALL) {
            diagonal(a, b, c);
        }
    }

    /** The tiles of the rows [from, to) of C. */
    private static void tiles(Finish finish, Matrix a, Matrix b, Matrix c, int from, int to) {
        int n = b.columns();
        int k = b.rows();
        Part part = a.part();
        int j = 0;
        for (int vectors = TILE_VECTORS; vectors > 0; vectors /= 2) {
            for (; j + (vectors - 1) * W < n; j += vectors * W) {
                for (int i = from; i < to; i += Matrix.TILE_ROWS) {
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
    }

    /** In strips of rows, which stay in the first cache between the product and S. */
    @Override
    public void fold(float fade, float keep, Matrix a, Matrix b, StoredMatrix s, Matrix u) {
        u.shape(s.rows(), s.columns());
        float[] sums = u.floats();
        MemorySegment state = s.segment();
        FloatVector fades = FloatVector.broadcast(SPECIES, fade);
        FloatVector keeps = FloatVector.broadcast(SPECIES, keep);
        for (int i = 0; i < s.rows(); i += Matrix.TILE_ROWS) {
            int end = Math.min(s.rows(), i + Matrix.TILE_ROWS);
            tiles(Finish.SET, a, b, u, i, end);
            for (int j = i * s.rowStride(); j < end * s.rowStride(); j += W) {
                long t = (long) j * Float.BYTES;
                FloatVector old = FloatVector.fromMemorySegment(SPECIES, state, t, NATIVE);
                FloatVector sum = FloatVector.fromArray(SPECIES, sums, j);
                old.fma(keeps, old.fma(fades, sum)).intoMemorySegment(state, t, NATIVE);
            }
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
}
