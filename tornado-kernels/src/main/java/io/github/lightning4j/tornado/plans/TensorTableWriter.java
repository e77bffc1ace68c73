package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.tornado.kernels.Direction;
import io.github.lightning4j.tornado.kernels.TensorTable;
import io.github.lightning4j.tornado.memory.Window;

import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Writes a {@link TensorTable}. */
final class TensorTableWriter {
    private TensorTableWriter() {}

    /**
     * Writes the table of a window.
     *
     * @param direction in which the kernel goes through time: backwards, it finds the rows in
     *     reverse
     * @param fromZero whether states are zero before the run, whatever memory holds
     * @param sequences the table has room for
     */
    static void write(
            AttentionProblem problem,
            Window window,
            int ticket,
            int direction,
            boolean fromZero,
            int sequences,
            IntArray table) {
        for (int i = 0; i < TensorTable.size(sequences); i++) {
            table.set(i, 0);
        }
        boolean reversed = direction == Direction.BACKWARD;
        long stride = window.tokenStride(problem);
        table.set(TensorTable.TICKET, ticket);
        table.set(TensorTable.TOKEN_STRIDE, Math.toIntExact(reversed ? -stride : stride));
        table.set(TensorTable.FROM_ZERO, fromZero ? 1 : 0);
        for (Window.Piece piece : window.pieces()) {
            int entry = TensorTable.SEQUENCES + piece.slot() * TensorTable.FIELDS;
            long row = piece.row() + (reversed ? (piece.tokens() - 1) * stride : 0);
            table.set(entry + TensorTable.ROW, Math.toIntExact(row));
            table.set(entry + TensorTable.TOKENS, Math.toIntExact(piece.tokens()));
            table.set(entry + TensorTable.HEAD_STRIDE, Math.toIntExact(piece.headStride()));
        }
    }
}
