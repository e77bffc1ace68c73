package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.DType;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.tornado.kernels.ChunkTable;
import io.github.lightning4j.tornado.kernels.KernelFamily;
import io.github.lightning4j.tornado.kernels.Receipts;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.memory.DeviceArrays;
import io.github.lightning4j.tornado.memory.HostRows;
import io.github.lightning4j.tornado.memory.Window;
import io.github.lightning4j.tornado.tasks.ForwardTasks;
import io.github.lightning4j.tornado.tasks.PassTables;
import io.github.lightning4j.tornado.tasks.PlanKey;
import io.github.lightning4j.tornado.tasks.TaskGrids;

import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.lang.foreign.MemorySegment;

/** Windows in float32, with loops or tiles; rows of 16 bits are widened on the device. */
final class FloatWindows implements WindowPass {
    private final PlanKey key;
    private final boolean sealed;
    private final ForwardTasks tasks;
    private final StagedInputs inputs;
    private final FloatArray o;

    FloatWindows(PlanKey key, KernelFamily family, DeviceArrays arrays) {
        this.key = key;
        sealed = family == KernelFamily.TILED && key.inputType() == DType.F32;
        tasks = new ForwardTasks(key, family, arrays);
        inputs = new StagedInputs(key, arrays);
        o = arrays.floats("o", key.rows() * key.config().valueDim() + 1);
    }

    @Override
    public void addTo(TaskGraph graph, TaskGrids grids, FloatArray state) {
        tasks.addTransfers(graph);
        PassTables tables = tasks.tables();
        inputs.addTo(graph, tables.chunks(), tables.receipts());
        tasks.addTo(graph, grids, inputs.arrays(o, state), sealed, true);
        if (!sealed) {
            inputs.addSeals(graph, o, tables.receipts());
        }
        graph.transferToHost(DataTransferMode.EVERY_EXECUTION, o, tables.receipts().left());
    }

    @Override
    public void stage(
            AttentionProblem problem,
            Window window,
            ForwardBuffers buffers,
            int ticket,
            boolean fromZero) {
        inputs.stage(window, buffers.q(), buffers.k(), buffers.v(), Seals.of(ticket));
        ChunkWriter.write(ChunkWriter.of(key, problem, window), ticket, tasks.tables().chunks());
        tasks.tables().chunks().set(ChunkTable.FROM_ZERO, fromZero ? 1 : 0);
    }

    @Override
    public boolean collect(
            AttentionProblem problem, Window window, ForwardBuffers buffers, int ticket) {
        tasks.tables().receipts().check(ticket);
        int valueDim = key.config().valueDim();
        int size = key.rows() * valueDim;
        Receipts.check("the copy of o", (int) o.get(size), Seals.of(ticket));
        HostRows.out(
                window.runs(), o.getSegment(), buffers.output(), valueDim, problem.outputType());
        return true;
    }

    @Override
    public void readBefore(TornadoExecutionResult result, int ticket, MemorySegment target) {
        throw new IllegalStateException("nothing is computed again after loops and tiles");
    }
}
