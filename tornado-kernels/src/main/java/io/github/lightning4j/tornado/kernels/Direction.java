package io.github.lightning4j.tornado.kernels;

import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The direction in which a kernel goes through time, a constant of the compiled kernel. Backwards,
 * the last token of a chunk comes first, and so does the last chunk of a segment. The kernels of
 * the forward pass then compute gradients, because the gradient of the state runs from the last
 * token to the first by the same sums as the state does from the first to the last.
 *
 * <p>Apart from the order, the two directions differ in one exponent of λ. Forwards a token is in
 * the state with λ^0 and reads the state before it with λ^1; backwards it is in the gradient of the
 * state with λ^1 and reads that after it with λ^0.
 *
 * <p>The methods become parts of the kernels that call them.
 */
public final class Direction {
    /** From the first token to the last. */
    public static final int FORWARD = 0;

    /** From the last token to the first. */
    public static final int BACKWARD = 1;

    private Direction() {}

    /**
     * The distance from a token's row to that of the next token in this direction, of the same
     * head.
     */
    static int step(IntArray table, int direction) {
        int step = table.get(ChunkTable.TOKEN_STRIDE);
        if (direction == BACKWARD) {
            step = -step;
        }
        return step;
    }

    /** The row of the first token of a chunk in this direction. */
    static int row(IntArray table, int entry, int head, int direction) {
        int row =
                table.get(entry + ChunkTable.ROW)
                        + head * table.get(entry + ChunkTable.HEAD_STRIDE);
        if (direction == BACKWARD) {
            int last = TornadoMath.max(table.get(entry + ChunkTable.TOKENS) - 1, 0);
            row += last * table.get(ChunkTable.TOKEN_STRIDE);
        }
        return row;
    }

    /** Which of {@code count} neighbours is at position {@code turn} in this direction. */
    static int inTurn(int first, int count, int turn, int direction) {
        int at = first + turn;
        if (direction == BACKWARD) {
            at = first + count - 1 - turn;
        }
        return at;
    }

    /** The exponent with which the i-th of n tokens is in the state after them. */
    static int inState(int n, int i, int direction) {
        return n - 1 - i + direction;
    }

    /** The exponent with which the i-th token of a chunk reads the state before the chunk. */
    static int ofState(int i, int direction) {
        return i + 1 - direction;
    }

    /** λ to the power of the tokens between a chunk and the state that comes into its segment. */
    static float since(IntArray table, int entry, FloatArray decay, int powers, int direction) {
        int full = ChunkTable.BEFORE;
        if (direction == BACKWARD) {
            full = ChunkTable.BETWEEN;
        }
        float since = decay.get(powers + DecayTable.CHUNKS + table.get(entry + full));
        if (direction == BACKWARD) {
            since = since * decay.get(powers + table.get(entry + ChunkTable.AFTER));
        }
        return since;
    }
}
