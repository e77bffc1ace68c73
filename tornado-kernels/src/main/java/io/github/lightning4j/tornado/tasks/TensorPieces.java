package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.kernels.TensorScan;
import io.github.lightning4j.tornado.kernels.TensorTable;
import io.github.lightning4j.tornado.memory.DeviceArrays;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The pieces of a window's sequences in one direction of time, as tables for the device.
 *
 * @param table a {@link TensorTable}
 * @param scan where sequences are cut
 */
public record TensorPieces(IntArray table, @Nullable Scan scan) {
    /**
     * What finds the states before pieces.
     *
     * @param table a {@link TensorScan}'s
     * @param fades λ to the power of a piece's tokens [pieces, heads], with room for a {@linkplain
     *     Seals seal}
     */
    public record Scan(IntArray table, FloatArray fades) {}

    static TensorPieces allocate(TensorShape shape, DeviceArrays arrays) {
        IntArray table = arrays.ints(TensorTable.size(shape.pieces()));
        if (!shape.isCut()) {
            return new TensorPieces(table, null);
        }
        int fades = shape.pieces() * shape.config().heads();
        return new TensorPieces(
                table,
                new Scan(
                        arrays.ints(TensorScan.size(shape.pass().sequences())),
                        arrays.floats(fades + 1)));
    }

    void addTransfers(TaskGraph graph) {
        graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, table);
        if (scan != null) {
            graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, scan.table, scan.fades);
        }
    }
}
