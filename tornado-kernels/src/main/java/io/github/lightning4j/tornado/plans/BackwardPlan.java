package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.DType;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackwardBuffers;
import io.github.lightning4j.tornado.kernels.ChunkTable;
import io.github.lightning4j.tornado.kernels.KernelFamily;
import io.github.lightning4j.tornado.kernels.Receipts;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.memory.DeviceArrays;
import io.github.lightning4j.tornado.memory.Homes;
import io.github.lightning4j.tornado.memory.HostRows;
import io.github.lightning4j.tornado.memory.Window;
import io.github.lightning4j.tornado.tasks.BackwardKey;
import io.github.lightning4j.tornado.tasks.BackwardTasks;
import io.github.lightning4j.tornado.tasks.PassTables;
import io.github.lightning4j.tornado.tasks.PlanKey;
import io.github.lightning4j.tornado.tasks.TaskGrids;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A backward pass over a window, in one task graph. Nothing stays on the device from run to run:
 * states and their gradients come from the host and the gradients return to it.
 */
final class BackwardPlan implements GradientPlan {
    private static final AtomicInteger NAMES = new AtomicInteger();

    private final BackwardKey key;
    private final DeviceArrays arrays;
    private final BackwardTasks tasks;
    private final StagedInputs inputs;
    private final StagedRows outputGradient;
    private final FloatArray state;
    private final BackwardTasks.Outputs out;
    private final TornadoExecutionPlan root;
    private final Execution execution;
    private int ticket;

    BackwardPlan(
            BackwardKey key,
            KernelFamily family,
            TornadoDevice device,
            DeviceArrays arrays,
            KernelClock clock) {
        this.key = key;
        this.arrays = arrays;
        PlanKey pass = key.pass();
        int valueDim = key.config().valueDim();
        int keys = pass.rows() * key.config().keyDim();
        int values = pass.rows() * valueDim;
        int states = pass.stateElements();
        tasks = new BackwardTasks(pass, family, arrays);
        inputs = new StagedInputs(pass, arrays);
        outputGradient =
                new StagedRows(
                        Homes.OUTPUT_GRADIENT,
                        pass.rows(),
                        valueDim,
                        key.gradientType(),
                        key.gradientType() == DType.F32 ? null : inputs.numbers(),
                        arrays);
        state = arrays.floats(states + 1);
        out =
                new BackwardTasks.Outputs(
                        arrays.floats("dq", keys + 1),
                        arrays.floats("dk", keys + 1),
                        arrays.floats("dv", values + 1),
                        arrays.floats(states + 1));

        String name = "lightningBackward" + NAMES.incrementAndGet();
        TaskGraph graph = new TaskGraph(name);
        tasks.addTransfers(graph);
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, out.dq(), out.dk(), out.dv());
        graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, state, out.gradient());
        PassTables tables = tasks.tables();
        inputs.addTo(graph, tables.chunks(), tables.receipts());
        outputGradient.addTo(graph, "widenOutputGradient", tables.chunks(), tables.receipts());
        TaskGrids grids = new TaskGrids(new GridScheduler(), name);
        BackwardTasks.Inputs in =
                new BackwardTasks.Inputs(
                        inputs.q(), inputs.k(), inputs.v(), outputGradient.floats(), state);
        tasks.addTo(graph, grids, in, out);
        inputs.addSeals(graph, out.dv(), tables.receipts());
        addSeals(graph, keys, values, states);
        graph.transferToHost(
                DataTransferMode.EVERY_EXECUTION,
                out.dq(),
                out.dk(),
                out.dv(),
                out.gradient(),
                tables.receipts().left());

        root = new TornadoExecutionPlan(graph.snapshot());
        grids.apply(root, device);
        execution = new Execution(root, clock);
    }

    private void addSeals(TaskGraph graph, int keys, int values, int states) {
        Receipts receipts = tasks.tables().receipts();
        receipts.expectSeal(Seals.OUTPUT_GRADIENT);
        receipts.expectSeal(Seals.STATE);
        receipts.expectSeal(Seals.GRADIENT);
        ShortArray bits = outputGradient.bits();
        if (bits == null) {
            graph.task(
                    "gradientSeals",
                    Seals::gradients,
                    outputGradient.floats(),
                    state,
                    out.gradient(),
                    out.dq(),
                    out.dk(),
                    keys,
                    values,
                    states,
                    receipts.left());
        } else {
            graph.task(
                    "gradientSeals",
                    Seals::shortGradients,
                    bits,
                    state,
                    out.gradient(),
                    out.dq(),
                    out.dk(),
                    keys,
                    values,
                    states,
                    receipts.left());
        }
    }

    @Override
    public BackwardKey key() {
        return key;
    }

    @Override
    public boolean run(
            AttentionProblem problem,
            Window window,
            BackwardBuffers buffers,
            MemorySegment states,
            MemorySegment gradients) {
        PlanKey pass = key.pass();
        ticket += ChunkTable.TICKET_STEP;
        int seal = Seals.of(ticket);
        inputs.stage(window, buffers.q(), buffers.k(), buffers.v(), seal);
        outputGradient.stage(window.runs(), buffers.outputGradient(), seal);
        MemorySegment onDevice = out.gradient().getSegment();
        HostRows.copy(states, 0, state.getSegment(), 0, states.byteSize());
        HostRows.copy(gradients, 0, onDevice, 0, gradients.byteSize());
        state.set(pass.stateElements(), seal);
        out.gradient().set(pass.stateElements(), seal);
        ChunkWriter.write(ChunkWriter.of(pass, problem, window), ticket, tasks.tables().chunks());
        execution.run(0);
        check(seal);
        int keyDim = key.config().keyDim();
        int valueDim = key.config().valueDim();
        DType type = problem.inputType();
        HostRows.out(window.runs(), out.dq().getSegment(), buffers.dq(), keyDim, type);
        HostRows.out(window.runs(), out.dk().getSegment(), buffers.dk(), keyDim, type);
        HostRows.out(window.runs(), out.dv().getSegment(), buffers.dv(), valueDim, type);
        HostRows.copy(onDevice, 0, gradients, 0, gradients.byteSize());
        return true;
    }

    private void check(int seal) {
        tasks.tables().receipts().check(ticket);
        PlanKey pass = key.pass();
        int keys = pass.rows() * key.config().keyDim();
        int values = pass.rows() * key.config().valueDim();
        Receipts.check("the copy of dq", (int) out.dq().get(keys), seal);
        Receipts.check("the copy of dk", (int) out.dk().get(keys), seal);
        Receipts.check("the copy of dv", (int) out.dv().get(values), seal);
        Receipts.check(
                "the copy of the gradient of the states",
                (int) out.gradient().get(pass.stateElements()),
                -seal);
    }

    @Override
    public void close() {
        arrays.closeAfter(root);
    }
}
