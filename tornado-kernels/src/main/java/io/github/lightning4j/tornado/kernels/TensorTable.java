package io.github.lightning4j.tornado.kernels;

/**
 * Where the pieces of a window stand in memory, as kernels on tensor cores read it: everything that
 * changes from call to call, in one array of ints, so that no kernel is compiled for a length. Rows
 * are counted in units of a token's row of one head.
 *
 * <pre>
 *   [TICKET]                      a number for this run; see {@link Receipts}
 *   [TOKEN_STRIDE]                from one token's row to the next of the same head
 *   [FROM_ZERO]                   1 where states are zero before the run, whatever memory holds; else 0
 *   [ZEROS + …]                   six times 0, which no compiler knows
 *   [PIECES + r·FIELDS + …]   piece r of a sequence: ROW of head 0, TOKENS, HEAD_STRIDE
 * </pre>
 *
 * <p>A piece is a sequence, or one of several into which a long one is cut. Without tokens in this
 * window it has zeros.
 */
public final class TensorTable {
    public static final int TICKET = ChunkTable.TICKET;
    public static final int TOKEN_STRIDE = ChunkTable.TOKEN_STRIDE;
    public static final int FROM_ZERO = ChunkTable.FROM_ZERO;
    public static final int ZEROS = 3;
    public static final int PIECES = 9;
    public static final int FIELDS = 3;
    public static final int ROW = 0;
    public static final int TOKENS = 1;
    public static final int HEAD_STRIDE = 2;

    /**
     * Longs of q, k, v and o before their first row. With the 16 bytes that every array has before
     * them, a row of 128 bytes begins where a line of the device's cache does.
     */
    public static final int FIRST = 14;

    private TensorTable() {}

    /** Ints of a table with room for these pieces. */
    public static int size(int pieces) {
        return PIECES + pieces * FIELDS;
    }
}
