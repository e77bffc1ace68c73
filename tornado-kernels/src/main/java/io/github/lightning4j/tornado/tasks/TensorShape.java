package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.tornado.kernels.ChunkTable;
import io.github.lightning4j.tornado.kernels.TensorTable;

/** What a plan on tensor cores is compiled for. */
public sealed interface TensorShape extends PlanShape
        permits TensorKey, TensorBackwardKey, TensorStateKey {
    /** Numbers of 16 bits in a long. */
    int PACKED = 4;

    /** Columns of values that a group has. */
    int COLUMNS = 64;

    /** Tokens of a piece for which it is worth to find the state before it. */
    int PIECE = 512;

    /** What it has in common with a pass in tiles. */
    PlanKey pass();

    /** Pieces of sequences that it has room for: as many as sequences, or more if they are cut. */
    int pieces();

    /** Whether sequences are cut. */
    default boolean isCut() {
        return pieces() > pass().sequences();
    }

    /**
     * Into how many pieces to cut sequences so that as many groups work as a device has room for.
     *
     * @param sequences there is room for
     * @param tokens of all of them
     * @param groupsAtOnce groups that a device has room for
     * @return as many as sequences where it is not worth it
     */
    static int pieces(AttentionConfig config, int sequences, long tokens, int groupsAtOnce) {
        int widest = Math.max(config.keyDim(), config.valueDim());
        int groups = config.heads() * Math.ceilDiv(widest, COLUMNS);
        long most = Math.min(groupsAtOnce / groups, tokens / PIECE);
        return most < 2L * sequences ? sequences : (int) most;
    }

    /**
     * Tokens of a piece, the fewest for which there are not more of them than there is room for.
     */
    default long pieceTokens(long... lengths) {
        if (!isCut()) {
            return Long.MAX_VALUE;
        }
        long low = PIECE / ChunkTable.CHUNK;
        long high = low;
        while (piecesOf(high, lengths) > pieces()) {
            low = high + 1;
            high *= 2;
        }
        while (low < high) {
            long middle = (low + high) / 2;
            if (piecesOf(middle, lengths) > pieces()) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low * ChunkTable.CHUNK;
    }

    private static long piecesOf(long chunks, long... lengths) {
        long pieces = 0;
        for (long length : lengths) {
            pieces += Math.ceilDiv(length, chunks * ChunkTable.CHUNK);
        }
        return pieces;
    }

    /** Floats of the states of pieces; 0 where there are none. */
    default long localStates() {
        return !isCut() ? 0 : pieces() * config().stateElements();
    }

    @Override
    default AttentionConfig config() {
        return pass().config();
    }

    /** Numbers before the first row of a tensor, and the seals after the last. */
    default long around() {
        return (TensorTable.FIRST + 1L) * PACKED;
    }

    /** Longs of a tensor with rows of {@code dim} numbers. */
    default int longs(int dim) {
        return Math.toIntExact(((long) pass().rows() * dim + around()) / PACKED);
    }
}
