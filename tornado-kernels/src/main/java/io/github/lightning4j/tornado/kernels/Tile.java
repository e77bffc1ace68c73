package io.github.lightning4j.tornado.kernels;

import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * What all tiled kernels share: every product is a tile of {@value #ROWS} rows and 64 or 128
 * columns held in the registers of one group of {@value #THREADS} threads, fed from local memory in
 * slices of {@value #DEPTH}, or of {@value #SLICE} where local memory holds two of them.
 *
 * <p>Thread (ty, tx), ty = 0 … 7 and tx = 0 … 15, owns eight rows of the tile and the columns tx,
 * tx+16, tx+32 …, so that neighbours read neighbouring banks of local memory and write neighbouring
 * columns of the result. The rows are ty·8 … ty·8+7, or those of {@link #row}.
 *
 * <p>Loads go to registers first and from there to local memory. A compiler that sees a load, a
 * store to local memory and the next load must keep that order, and each load then waits for the
 * one before. They have no branches for the same reason: beyond a chunk or a dimension the last row
 * or column is read instead, and is left out of the result. Where registers are left, the loads of
 * the next slice stand before the barrier after which one is used: after it, a compiler moves them
 * to where their results are used.
 *
 * <p>Of a chunk's 64 × 64 scores only those on and below the diagonal count, and in the products
 * with them only the terms that have them. The rows of a thread are then four from the top of the
 * tile and four as far from its end, so that every thread, and every warp of two ty, has as much to
 * do as the others. Scores are computed in strips of four queries by 16 keys, one key for each tx;
 * a strip that the diagonal crosses is computed whole and masked:
 *
 * <pre>
 *                keys 0      16      32      48
 *   queries 0    ┌───────┐                         ty 0, first four      ty = 0 … 3: strip 0 of the
 *           ⋮    │   1   │                           ⋮                   first four, strips 0 … 3 of
 *           16   ├───────┼───────┐                 ty 4, first four      the last
 *           ⋮    │   1   │   +   │                   ⋮
 *           32   ├───────┼───────┼───────┐         ty 7, last four       ty = 4 … 7: strips 0 and 1
 *           ⋮    │   3   │   3   │   3   │           ⋮                   of the first four, strips
 *           48   ├───────┼───────┼───────┼───────┐ ty 3, last four       0 … 2 of the last
 *           ⋮    │   3   │   3   │   3   │   +   │   ⋮
 *                └───────┴───────┴───────┴───────┘
 * </pre>
 *
 * <p>That is one strip of the first four queries (1), three of the last (3) and one more (+):
 * {@link #SCORES} scores a thread, of 64 · 64 / 128 = 32 in a full tile.
 *
 * <p>{@code keyDim} and {@code valueDim} are constants of the compiled kernel, so loops over them
 * unroll and arrays become registers. Everything that changes from call to call stands in the
 * {@link ChunkTable}. The first thread leaves a {@link Receipts receipt}.
 *
 * <p>The methods here become parts of the kernels that call them. They take arrays in registers,
 * not in local memory: TornadoVM would count the elements of those in bytes, behind a header, and
 * read beyond the end.
 */
public final class Tile {
    /** Threads of a group. */
    public static final int THREADS = 128;

    /** Rows of a tile, and L. */
    public static final int ROWS = 64;

    /** The most columns of a tile. */
    public static final int MAX_COLUMNS = 128;

    /** Rows and columns that are in local memory at a time. */
    static final int DEPTH = 16;

    /** Rows of a slice of which local memory holds two: one is used while the other fills. */
    static final int SLICE = 8;

    /**
     * The distance between the columns of a slice that is stored transposed. A warp takes eight
     * elements of each of four rows, and stores them to 32 different banks.
     */
    static final int PADDED = ROWS + 4;

    /** Scores of a thread in a triangle: those of the first four queries … */
    static final int SCORES = 20;

    /** … from here on those of the last four, three strips … */
    static final int LOWER = 4;

    /** … and from here on those of one strip more. */
    static final int MORE = 16;

    private Tile() {}

    /** Columns of the tiles of a matrix with {@code dim} columns. */
    public static int columns(int dim) {
        return dim <= 64 ? 64 : MAX_COLUMNS;
    }

    /** The tiles of {@code columns} columns that a matrix with {@code dim} columns takes. */
    public static int tiles(int dim, int columns) {
        return (dim + columns - 1) / columns;
    }

    /** Tiles of a state. */
    public static int stateTiles(int rowDim, int columnDim) {
        return tiles(rowDim, ROWS) * tiles(columnDim, columns(columnDim));
    }

    /**
     * The row or column d of a dimension that goes in steps of a size, or the last one beyond it.
     */
    static int within(int d, int dim, int step) {
        int in = d;
        if (dim % step != 0) {
            in = TornadoMath.min(d, dim - 1);
        }
        return in;
    }

    /**
     * The chunk at a position where the last come first. Among the outputs the first chunks of a
     * sequence, which may have less to read, then fill the end of the run; for dK, where they do
     * not, measurement decided.
     *
     * @param used the number of chunks; a turn beyond that gives an entry that is not used
     */
    static int fromLast(int turn, int used) {
        int chunk = turn;
        if (turn < used) {
            chunk = used - 1 - turn;
        }
        return chunk;
    }

    /**
     * The place of column c of a slice in local memory: what a thread needs of a row then comes in
     * groups of four neighbours, each of which a compiler reads in one instruction. This saves a
     * twentieth of the time of the states and of dK; the outputs get slower with it.
     */
    static int place(int c) {
        return c / 64 * 64 + c % 16 * 4 + c % 64 / 16;
    }

    /** The column at a place. */
    static int column(int place) {
        return place / 64 * 64 + place % 4 * 16 + place % 64 / 4;
    }

    /** Row i of a thread in a triangle: four from the top of the tile, four as far from its end. */
    static int row(int ty, int i) {
        int row = ty * 4 + i;
        if (i > 3) {
            row = 56 - ty * 4 + i;
        }
        return row;
    }

    /**
     * Loads elements of a column of rows [·, dim] that a thread keeps in registers.
     *
     * @param staged gets them
     * @param into index of the first in {@code staged}
     * @param count how many
     * @param row of the chunk's first token
     * @param step from a token's row to the next
     * @param token the first token, counted in the chunk
     * @param apart tokens from one to the next
     * @param last the last token of the chunk, which is read in place of any beyond
     */
    static void ask(
            float[] staged,
            int into,
            int count,
            FloatArray rows,
            int dim,
            int column,
            int row,
            int step,
            int token,
            int apart,
            int last) {
        for (int i = 0; i < count; i++) {
            int t = TornadoMath.min(token + i * apart, last);
            staged[into + i] = rows.get((row + t * step) * dim + column);
        }
    }
}
