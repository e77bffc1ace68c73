package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.BackendException;
import io.github.lightning4j.tornado.kernels.DecayTable;
import io.github.lightning4j.tornado.kernels.DecodeKernels;
import io.github.lightning4j.tornado.kernels.KernelFamily;
import io.github.lightning4j.tornado.kernels.Receipts;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.memory.DeviceArrays;

import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** A decode step in a caller's graph, over the caller's arrays, and a check that it ran. */
public final class ComposedDecode {
    private final DecodeTask task;
    private final int decaySeal;
    private final FloatArray decay;
    private final IntArray slots;
    private final IntArray receipts;
    private int steps;

    /** Allocates the tables of the step. */
    public ComposedDecode(DecodeTask task, DeviceArrays arrays) {
        this.task = task;
        decaySeal = Seals.next();
        decay = arrays.sealed(DecayTable.of(task.key().config().slopes()), decaySeal);
        slots = arrays.ints(task.key().sequences());
        for (int r = 0; r < task.key().sequences(); r++) {
            slots.set(r, r);
        }
        receipts = arrays.ints(DecodeKernels.RECEIPTS);
    }

    /**
     * Adds the task and the transfers of its tables; the arrays are those of {@link DecodeTask}.
     */
    public void addTo(
            TaskGraph graph, TaskGrids grids, FloatArray qkv, FloatArray o, FloatArray state) {
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, decay, receipts);
        graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, slots);
        task.addTo(graph, grids, decay, qkv, o, state, slots, receipts);
        graph.transferToHost(DataTransferMode.EVERY_EXECUTION, receipts);
    }

    /** Sets which state each row has from the next step on; rows beyond these have none. */
    public void slots(int[] some) {
        TaskChecks.slots(some, task.key().sequences(), -1);
        for (int r = 0; r < task.key().sequences(); r++) {
            slots.set(r, r < some.length ? some[r] : -1);
        }
    }

    /**
     * Fails if no step ran since the last check, or if one ran in groups that it was not written
     * for.
     */
    public void check() {
        int now = receipts.get(DecodeKernels.STEPS);
        if (now == steps) {
            throw new BackendException(
                    "kernel decode did not run; messages of TornadoVM on the console may say why");
        }
        steps = now;
        Receipts.check(
                "kernel decode in groups",
                receipts.get(DecodeKernels.GROUP),
                task.family() == KernelFamily.TILED ? DecodeKernels.THREADS : 0);
        Receipts.checkDecay(receipts.get(DecodeKernels.DECAY), decaySeal);
    }
}
