package io.github.lightning4j.tornado.kernels;

/**
 * Where the chunks of whole sequences stand in memory, for kernels that look at every pair of
 * tokens. Rows are counted in units of a token's row of one head.
 *
 * <pre>
 *   [TICKET], [TOKEN_STRIDE]     as in {@link ChunkTable}
 *   [CHUNKS + c·FIELDS + …]      chunk c: ROW of head 0, TOKENS ≤ L, HEAD_STRIDE,
 *                                BEFORE: chunks of its sequence that come before it,
 *                                LEFT: tokens of its sequence from its own first on,
 *                                SLOT: which sequence
 * </pre>
 *
 * <p>Entries that are not used hold zeros: chunks without tokens.
 */
public final class PairTable {
    public static final int CHUNKS = 2;
    public static final int FIELDS = 6;
    public static final int ROW = 0;
    public static final int TOKENS = 1;
    public static final int HEAD_STRIDE = 2;
    public static final int BEFORE = 3;
    public static final int LEFT = 4;
    public static final int SLOT = 5;

    private PairTable() {}

    /** Ints of a table with room for {@code chunks} chunks. */
    public static int size(int chunks) {
        return CHUNKS + chunks * FIELDS;
    }
}
