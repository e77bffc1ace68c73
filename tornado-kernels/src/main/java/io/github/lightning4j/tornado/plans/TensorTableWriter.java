package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.tornado.kernels.Direction;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.kernels.TensorDecay;
import io.github.lightning4j.tornado.kernels.TensorScan;
import io.github.lightning4j.tornado.kernels.TensorTable;
import io.github.lightning4j.tornado.memory.Window;
import io.github.lightning4j.tornado.tasks.TensorPieces;
import io.github.lightning4j.tornado.tasks.TensorShape;

import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Writes {@link TensorPieces}. */
final class TensorTableWriter {
    private TensorTableWriter() {}

    /**
     * Writes the tables of a window.
     *
     * @param direction in which the kernel goes through time: backwards, it finds the rows in
     *     reverse
     * @param fromZero whether states are zero before the run, whatever memory holds
     */
    static void write(
            TensorShape shape,
            AttentionProblem problem,
            Window window,
            int ticket,
            int direction,
            boolean fromZero,
            TensorPieces pieces) {
        TensorPieces.Scan scan = pieces.scan();
        IntArray table = pieces.table();
        clear(table, TensorTable.size(shape.pieces()));
        long ahead = window.tokenStride(problem);
        boolean reversed = direction == Direction.BACKWARD;
        long stride = reversed ? -ahead : ahead;
        table.set(TensorTable.TICKET, ticket);
        table.set(TensorTable.TOKEN_STRIDE, Math.toIntExact(stride));
        // Pieces have states from the scan.
        table.set(TensorTable.FROM_ZERO, fromZero && scan == null ? 1 : 0);
        if (scan != null) {
            clear(scan.table(), TensorScan.size(shape.pass().sequences()));
            scan.table().set(TensorScan.TICKET, ticket);
            scan.table().set(TensorScan.FROM_ZERO, fromZero ? 1 : 0);
            scan.fades().set(shape.pieces() * shape.config().heads(), Seals.of(ticket));
        }
        long most =
                shape.pieceTokens(
                        window.pieces().stream().mapToLong(Window.Piece::tokens).toArray());
        int next = 0;
        for (Window.Piece sequence : window.pieces()) {
            int at = scan == null ? sequence.slot() : next;
            long row = sequence.row() + (reversed ? (sequence.tokens() - 1) * ahead : 0);
            for (long from = 0; from < sequence.tokens(); ) {
                long tokens = Math.min(most, sequence.tokens() - from);
                int entry = TensorTable.PIECES + at * TensorTable.FIELDS;
                table.set(entry + TensorTable.ROW, Math.toIntExact(row + from * stride));
                table.set(entry + TensorTable.TOKENS, Math.toIntExact(tokens));
                table.set(entry + TensorTable.HEAD_STRIDE, Math.toIntExact(sequence.headStride()));
                if (scan != null) {
                    fade(shape.config().slopes(), tokens, at, scan);
                }
                at++;
                from += tokens;
            }
            if (scan != null) {
                int entry = TensorScan.SEQUENCES + sequence.slot() * TensorScan.FIELDS;
                scan.table().set(entry + TensorScan.FIRST, next);
                scan.table().set(entry + TensorScan.COUNT, at - next);
                next = at;
            }
        }
    }

    private static void fade(float[] slopes, long tokens, int piece, TensorPieces.Scan scan) {
        for (int h = 0; h < slopes.length; h++) {
            scan.fades().set(piece * slopes.length + h, TensorDecay.over(slopes[h], tokens));
        }
    }

    private static void clear(IntArray table, int size) {
        for (int i = 0; i < size; i++) {
            table.set(i, 0);
        }
    }
}
