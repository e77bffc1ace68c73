package io.github.lightning4j.cpu.arithmetic;

import io.github.lightning4j.cpu.arithmetic.Matrix.Part;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

import java.lang.invoke.MethodHandles;

/**
 * {@link Products} on the Vector API, one species a class: {@link VectorWidths} defines it anew for
 * each.
 *
 * <p>A product of matrices goes in tiles, four vectors wide where there are 32 vector registers and
 * two elsewhere: enough sums to hide the latency of the multiply-add. Products of a row take eight
 * vectors of columns, or four rows, at a time, because each sum waits four cycles for itself.
 */
final class VectorProducts implements Products {
    private static final VectorWidths.ClassData DATA =
            VectorWidths.ClassData.of(MethodHandles.lookup());
    private static final VectorSpecies<Float> SPECIES = DATA.species();
    private static final VectorSpecies<Integer> INTS = SPECIES.withLanes(int.class);
    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(
                    short.class, VectorShape.forBitSize(Math.max(64, SPECIES.vectorBitSize() / 2)));
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

    private static final VectorShuffle<Float> BY_8 = rotation(8);
    private static final VectorShuffle<Float> BY_4 = rotation(4);
    private static final VectorShuffle<Float> BY_2 = rotation(2);
    private static final VectorShuffle<Float> BY_1 = rotation(1);

    VectorProducts() {}

    private static VectorShuffle<Float> rotation(int distance) {
        return VectorShuffle.iota(SPECIES, distance % W, 1, true);
    }

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
    public void multiplyRow(float weight, Matrix x, Matrix m, Matrix y) {
        y.shape(1, m.columns());
        multiplyRow(weight, x.floats(), m, false, y.floats());
    }

    /** Four vectors of columns at a time; the scale of a row goes into the factor of the row. */
    @Override
    public void multiplyRow(float weight, Matrix x, ScaledMatrix m, Matrix y) {
        y.shape(1, m.columns());
        float[] factors = x.floats();
        float[] result = y.floats();
        float[] scales = m.scales;
        short[] values = m.values;
        int n = m.columns();
        int rows = m.rows();
        int stride = m.rowStride();
        FloatVector w = FloatVector.broadcast(SPECIES, weight);
        int j = 0;
        for (; j + 3 * W < n; j += 4 * W) {
            FloatVector y0 = FloatVector.zero(SPECIES);
            FloatVector y1 = y0;
            FloatVector y2 = y0;
            FloatVector y3 = y0;
            int t = j;
            for (int l = 0; l < rows; l++, t += stride) {
                FloatVector value = FloatVector.broadcast(SPECIES, factors[l] * scales[l]);
                y0 = value.fma(wide(values, t), y0);
                y1 = value.fma(wide(values, t + W), y1);
                y2 = value.fma(wide(values, t + 2 * W), y2);
                y3 = value.fma(wide(values, t + 3 * W), y3);
            }
            y0.mul(w).intoArray(result, j);
            y1.mul(w).intoArray(result, j + W);
            y2.mul(w).intoArray(result, j + 2 * W);
            y3.mul(w).intoArray(result, j + 3 * W);
        }
        for (; j < n; j += W) {
            FloatVector sum = FloatVector.zero(SPECIES);
            int t = j;
            for (int l = 0; l < rows; l++, t += stride) {
                FloatVector value = FloatVector.broadcast(SPECIES, factors[l] * scales[l]);
                sum = value.fma(wide(values, t), sum);
            }
            sum.mul(w).intoArray(result, j);
        }
    }

    private static FloatVector wide(short[] values, int at) {
        IntVector whole =
                (IntVector)
                        ShortVector.fromArray(SHORTS, values, at)
                                .convertShape(VectorOperators.S2I, INTS, 0);
        return (FloatVector) whole.convertShape(VectorOperators.I2F, SPECIES, 0);
    }

    @Override
    public void addRow(Matrix x, Matrix m, Matrix y) {
        multiplyRow(1, x.floats(), m, true, y.floats());
    }

    /** y = weight · x M, or y += x M. */
    private static void multiplyRow(float weight, float[] x, Matrix m, boolean add, float[] y) {
        int n = m.columns();
        int j = 0;
        for (; j + 7 * W < n; j += 8 * W) {
            eightVectors(weight, x, m, j, add, y);
        }
        float[] floats = m.floats();
        for (; j < n; j += W) {
            FloatVector sum = FloatVector.zero(SPECIES);
            int t = j;
            for (int l = 0; l < m.rows(); l++, t += m.rowStride()) {
                FloatVector value = FloatVector.broadcast(SPECIES, x[l]);
                sum = value.fma(FloatVector.fromArray(SPECIES, floats, t), sum);
            }
            FloatVector before =
                    add ? FloatVector.fromArray(SPECIES, y, j) : FloatVector.zero(SPECIES);
            sum.fma(FloatVector.broadcast(SPECIES, weight), before).intoArray(y, j);
        }
    }

    private static void eightVectors(
            float weight, float[] x, Matrix m, int at, boolean add, float[] y) {
        float[] floats = m.floats();
        int k = m.rows();
        int ldm = m.rowStride();
        FloatVector y0 = FloatVector.zero(SPECIES);
        FloatVector y1 = y0;
        FloatVector y2 = y0;
        FloatVector y3 = y0;
        FloatVector y4 = y0;
        FloatVector y5 = y0;
        FloatVector y6 = y0;
        FloatVector y7 = y0;
        int t = at;
        for (int l = 0; l < k; l++, t += ldm) {
            FloatVector value = FloatVector.broadcast(SPECIES, x[l]);
            y0 = value.fma(FloatVector.fromArray(SPECIES, floats, t), y0);
            y1 = value.fma(FloatVector.fromArray(SPECIES, floats, t + W), y1);
            y2 = value.fma(FloatVector.fromArray(SPECIES, floats, t + 2 * W), y2);
            y3 = value.fma(FloatVector.fromArray(SPECIES, floats, t + 3 * W), y3);
            y4 = value.fma(FloatVector.fromArray(SPECIES, floats, t + 4 * W), y4);
            y5 = value.fma(FloatVector.fromArray(SPECIES, floats, t + 5 * W), y5);
            y6 = value.fma(FloatVector.fromArray(SPECIES, floats, t + 6 * W), y6);
            y7 = value.fma(FloatVector.fromArray(SPECIES, floats, t + 7 * W), y7);
        }
        FloatVector w = FloatVector.broadcast(SPECIES, weight);
        FloatVector z = FloatVector.zero(SPECIES);
        y0.fma(w, add ? FloatVector.fromArray(SPECIES, y, at) : z).intoArray(y, at);
        y1.fma(w, add ? FloatVector.fromArray(SPECIES, y, at + W) : z).intoArray(y, at + W);
        y2.fma(w, add ? FloatVector.fromArray(SPECIES, y, at + 2 * W) : z).intoArray(y, at + 2 * W);
        y3.fma(w, add ? FloatVector.fromArray(SPECIES, y, at + 3 * W) : z).intoArray(y, at + 3 * W);
        y4.fma(w, add ? FloatVector.fromArray(SPECIES, y, at + 4 * W) : z).intoArray(y, at + 4 * W);
        y5.fma(w, add ? FloatVector.fromArray(SPECIES, y, at + 5 * W) : z).intoArray(y, at + 5 * W);
        y6.fma(w, add ? FloatVector.fromArray(SPECIES, y, at + 6 * W) : z).intoArray(y, at + 6 * W);
        y7.fma(w, add ? FloatVector.fromArray(SPECIES, y, at + 7 * W) : z).intoArray(y, at + 7 * W);
    }

    @Override
    public void dots(Matrix m, Matrix x, float[] weights, int at, Matrix y) {
        y.shape(1, m.rows());
        float[] floats = m.floats();
        float[] factors = x.floats();
        float[] results = y.floats();
        int rows = m.rows();
        int n = m.columns();
        int ldm = m.rowStride();
        int whole = n - n % W;
        int i = 0;
        for (; i + 3 < rows; i += 4) {
            int r = i * ldm;
            FloatVector a = FloatVector.zero(SPECIES);
            FloatVector b = a;
            FloatVector c = a;
            FloatVector d = a;
            for (int j = 0; j < whole; j += W, r += W) {
                FloatVector value = FloatVector.fromArray(SPECIES, factors, j);
                a = value.fma(FloatVector.fromArray(SPECIES, floats, r), a);
                b = value.fma(FloatVector.fromArray(SPECIES, floats, r + ldm), b);
                c = value.fma(FloatVector.fromArray(SPECIES, floats, r + 2 * ldm), c);
                d = value.fma(FloatVector.fromArray(SPECIES, floats, r + 3 * ldm), d);
            }
            results[i] = sum(a);
            results[i + 1] = sum(b);
            results[i + 2] = sum(c);
            results[i + 3] = sum(d);
        }
        for (; i < rows; i++) {
            FloatVector sums = FloatVector.zero(SPECIES);
            for (int j = 0; j < whole; j += W) {
                FloatVector value = FloatVector.fromArray(SPECIES, factors, j);
                sums = value.fma(FloatVector.fromArray(SPECIES, floats, i * ldm + j), sums);
            }
            results[i] = sum(sums);
        }
        for (i = 0; i < rows; i++) {
            for (int j = whole; j < n; j++) {
                results[i] += floats[i * ldm + j] * factors[j];
            }
            results[i] *= weights[at + i];
        }
    }

    /**
     * The sum of the lanes in one fixed order; {@code reduceLanes} leaves the order open. In a loop
     * the compiler would put every x on the heap.
     */
    private static float sum(FloatVector x) {
        FloatVector y = W > 8 ? x.add(x.rearrange(BY_8)) : x;
        y = W > 4 ? y.add(y.rearrange(BY_4)) : y;
        y = W > 2 ? y.add(y.rearrange(BY_2)) : y;
        return y.add(y.rearrange(BY_1)).lane(0);
    }
}
