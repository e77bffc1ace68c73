package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.tornado.kernels.ChunkTable;
import io.github.lightning4j.tornado.kernels.DecayTable;
import io.github.lightning4j.tornado.kernels.KernelFamily;
import io.github.lightning4j.tornado.kernels.Receipts;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.memory.DeviceArrays;

import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The tables that all tasks of a pass share.
 *
 * @param key what they are compiled for
 * @param family which kernels
 * @param chunks the {@link ChunkTable}: lengths and places of the next run
 * @param receipts what the last run left
 * @param decay the {@link DecayTable}
 * @param decaySeal the {@linkplain Seals seal} behind it
 */
public record PassTables(
        PlanKey key,
        KernelFamily family,
        IntArray chunks,
        Receipts receipts,
        FloatArray decay,
        int decaySeal) {
    /** Allocates the tables. */
    static PassTables allocate(PlanKey key, KernelFamily family, DeviceArrays arrays) {
        int seal = Seals.next();
        Receipts receipts = new Receipts(arrays.ints(Receipts.ROOM));
        receipts.expectSeal(Seals.DECAY, seal);
        return new PassTables(
                key,
                family,
                arrays.ints(key.tableSize()),
                receipts,
                arrays.sealed(DecayTable.of(key.config().slopes()), seal),
                seal);
    }

    boolean isTiled() {
        return family == KernelFamily.TILED;
    }

    /** Adds the transfers of the tables, before any task. */
    void addTransfers(TaskGraph graph) {
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, decay, receipts.left())
                .transferToDevice(DataTransferMode.EVERY_EXECUTION, chunks);
    }

    /** Where a task leaves its receipt; a tiled one runs in groups of {@code threads} threads. */
    int receipt(String task, int threads) {
        return receipts.expect(task, isTiled() ? threads : 0);
    }
}
