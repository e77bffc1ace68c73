package io.github.lightning4j.tornado.kernels;

import io.github.lightning4j.tornado.memory.Window;
import io.github.lightning4j.tornado.tasks.PlanKey;
import io.github.lightning4j.spi.AttentionProblem;

/**
 * Where the chunks of whole sequences stand in memory, for kernels that look at every pair of
 * tokens. Rows are counted in units of a token's row of one head.
 *
 * <pre>
 *   [TICKET], [TOKEN_STRIDE]     as in {@link ChunkTable}
 *   [CHUNKS + c·FIELDS + …]      chunk c: ROW of head 0, TOKENS ≤ L, HEAD_STRIDE,
 *                                BEFORE: chunks of its sequence that come before it,
 *                                LEFT: tokens of its sequence from its first on,
 *                                SLOT: which sequence
 * </pre>
 *
 * <p>Entries that are not used hold zeros: chunks without tokens.
 */
public final class PairTable {
    static final int CHUNKS = 2;
    static final int FIELDS = 6;
    static final int ROW = 0;
    static final int TOKENS = 1;
    static final int HEAD_STRIDE = 2;
    static final int BEFORE = 3;
    static final int LEFT = 4;
    static final int SLOT = 5;

    private PairTable() {}

    /** Ints in a table. */
    public static int size(PlanKey key) {
        return CHUNKS + key.chunks() * FIELDS;
    }

    /** The table of a window of whole sequences. */
    public static int[] of(PlanKey key, AttentionProblem problem, Window window) {
        int[] ints = new int[size(key)];
        int step = Math.toIntExact(window.tokenStride(problem));
        ints[ChunkTable.TOKEN_STRIDE] = step;
        int at = CHUNKS;
        for (Window.Piece piece : window.pieces()) {
            for (long t = 0; t < piece.tokens(); t += ChunkTable.CHUNK) {
                long left = piece.tokens() - t;
                ints[at + ROW] = Math.toIntExact(piece.row() + t * step);
                ints[at + TOKENS] = (int) Math.min(ChunkTable.CHUNK, left);
                ints[at + HEAD_STRIDE] = Math.toIntExact(piece.headStride());
                ints[at + BEFORE] = Math.toIntExact(t / ChunkTable.CHUNK);
                ints[at + LEFT] = Math.toIntExact(left);
                ints[at + SLOT] = piece.slot();
                at += FIELDS;
            }
        }
        return ints;
    }
}
