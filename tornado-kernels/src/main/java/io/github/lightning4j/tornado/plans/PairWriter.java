package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.tornado.kernels.ChunkTable;
import io.github.lightning4j.tornado.kernels.PairTable;
import io.github.lightning4j.tornado.memory.Window;
import io.github.lightning4j.tornado.tasks.PlanKey;

/** Writes the {@link PairTable} of a window. */
final class PairWriter {
    private PairWriter() {}

    /** The table of a window of whole sequences. */
    static int[] of(PlanKey key, AttentionProblem problem, Window window) {
        int[] ints = new int[PairTable.size(key.chunks())];
        int step = Math.toIntExact(window.tokenStride(problem));
        ints[ChunkTable.TOKEN_STRIDE] = step;
        int at = PairTable.CHUNKS;
        for (Window.Piece piece : window.pieces()) {
            for (long t = 0; t < piece.tokens(); t += ChunkTable.CHUNK) {
                long left = piece.tokens() - t;
                ints[at + PairTable.ROW] = Math.toIntExact(piece.row() + t * step);
                ints[at + PairTable.TOKENS] = (int) Math.min(ChunkTable.CHUNK, left);
                ints[at + PairTable.HEAD_STRIDE] = Math.toIntExact(piece.headStride());
                ints[at + PairTable.BEFORE] = Math.toIntExact(t / ChunkTable.CHUNK);
                ints[at + PairTable.LEFT] = Math.toIntExact(left);
                ints[at + PairTable.SLOT] = piece.slot();
                at += PairTable.FIELDS;
            }
        }
        return ints;
    }
}
