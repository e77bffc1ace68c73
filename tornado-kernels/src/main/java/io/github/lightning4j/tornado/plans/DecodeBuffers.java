package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.spi.TensorMemory;
import io.github.lightning4j.tornado.kernels.DecodeKernels;
import io.github.lightning4j.tornado.kernels.KernelFamily;
import io.github.lightning4j.tornado.kernels.Receipts;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.memory.DeviceArrays;
import io.github.lightning4j.tornado.memory.HostRows;
import io.github.lightning4j.tornado.memory.Window;
import io.github.lightning4j.tornado.tasks.DecodeTask;
import io.github.lightning4j.tornado.tasks.PlanKey;
import io.github.lightning4j.tornado.tasks.TaskGrids;

import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * The input and output of a decode step: q, k and v in one array and o in another, each followed by
 * a {@linkplain Seals seal}, so that a step is one copy in, one kernel and one copy out.
 */
final class DecodeBuffers {
    private final PlanKey key;
    private final DecodeTask task;
    private final FloatArray in;
    private final FloatArray out;
    private final IntArray unused;

    /** Allocates the arrays. */
    DecodeBuffers(PlanKey key, KernelFamily family, DeviceArrays arrays) {
        this.key = key;
        task = new DecodeTask(key, family);
        in = arrays.floats(task.inputs() + 1);
        out = arrays.floats(task.outputs() + 3);
        unused = arrays.ints(DecodeKernels.RECEIPTS);
    }

    /** The graph, which takes over the states of another graph and advances them by one token. */
    TaskGraph graph(String producer, TaskGrids grids, FloatArray decay, FloatArray state) {
        TaskGraph graph =
                new TaskGraph(grids.graph())
                        .consumeFromDevice(producer, state)
                        .transferToDevice(DataTransferMode.FIRST_EXECUTION, decay, unused)
                        .transferToDevice(DataTransferMode.EVERY_EXECUTION, in);
        task.addTo(graph, grids, decay, in, out, state, unused, DecodeKernels.SEALED);
        return graph.transferToHost(DataTransferMode.EVERY_EXECUTION, out)
                .transferToHost(DataTransferMode.UNDER_DEMAND, state)
                .persistOnDevice(state);
    }

    /**
     * Copies a token of each sequence into the array that is copied to the device.
     *
     * @param problem of one token for each sequence
     * @param buffers its memory; the states are not used
     * @param seal the number of this run
     */
    void stage(AttentionProblem problem, ForwardBuffers buffers, int seal) {
        DType type = problem.inputType();
        AttentionConfig config = key.config();
        int keys = task.streams() * config.keyDim();
        int rows = problem.sequences() * config.heads();
        MemorySegment target = in.getSegment();
        HostRows.widen(buffers.q(), type, 0, target, 0, (long) rows * config.keyDim());
        HostRows.widen(buffers.k(), type, 0, target, keys, (long) rows * config.keyDim());
        HostRows.widen(buffers.v(), type, 0, target, 2L * keys, (long) rows * config.valueDim());
        target.setAtIndex(ValueLayout.JAVA_FLOAT, 2L * keys + task.outputs(), seal);
    }

    /** Checks that the step ran, with the right powers of λ, and copies o out. */
    void collect(AttentionProblem problem, TensorMemory output, int seal, int decaySeal) {
        int dim = key.config().valueDim();
        Receipts.checkDecay((int) out.get(task.outputs() + 2), decaySeal);
        Receipts.check("the decode step", (int) out.get(task.outputs()), seal);
        if (task.family() == KernelFamily.TILED) {
            Receipts.check(
                    "the decode step in groups",
                    (int) out.get(task.outputs() + 1),
                    DecodeKernels.THREADS);
        }
        long rows = (long) problem.sequences() * key.config().heads();
        HostRows.out(
                List.of(new Window.Run(0, 0, rows)),
                out.getSegment(),
                output,
                dim,
                problem.outputType());
    }
}
