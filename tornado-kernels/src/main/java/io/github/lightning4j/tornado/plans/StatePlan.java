package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.DType;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.TensorMemory;
import io.github.lightning4j.tornado.kernels.ChunkTable;
import io.github.lightning4j.tornado.kernels.DecayTable;
import io.github.lightning4j.tornado.kernels.KernelFamily;
import io.github.lightning4j.tornado.kernels.Receipts;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.kernels.StateSeals;
import io.github.lightning4j.tornado.memory.DeviceArrays;
import io.github.lightning4j.tornado.memory.Homes;
import io.github.lightning4j.tornado.memory.HostRows;
import io.github.lightning4j.tornado.memory.Window;
import io.github.lightning4j.tornado.tasks.PassTables;
import io.github.lightning4j.tornado.tasks.PlanKey;
import io.github.lightning4j.tornado.tasks.StateAloneTasks;
import io.github.lightning4j.tornado.tasks.StateKey;
import io.github.lightning4j.tornado.tasks.TaskGrids;

import org.jspecify.annotations.Nullable;

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
 * States alone over a window, or their gradients alone, in one task graph. Two tensors go to the
 * device; nothing stays there from run to run, and the states alone return.
 */
final class StatePlan implements StatesPlan {
    private static final AtomicInteger NAMES = new AtomicInteger();

    private final StateKey key;
    private final DeviceArrays arrays;
    private final StateAloneTasks tasks;
    private final StagedRows x;
    private final StagedRows y;
    private final FloatArray state;
    private final Execution execution;
    private final TornadoExecutionPlan root;
    private int ticket;

    StatePlan(
            StateKey key,
            KernelFamily family,
            TornadoDevice device,
            DeviceArrays arrays,
            KernelClock clock) {
        this.key = key;
        this.arrays = arrays;
        PlanKey pass = key.pass();
        DType type = pass.inputType();
        int seal = Seals.next();
        FloatArray numbers =
                type == DType.F32 ? null : arrays.sealed(StagedRows.numbers(type), seal);
        tasks = new StateAloneTasks(key, family, arrays);
        boolean backward = key.isBackward();
        String xName = backward ? "q" : "k";
        String yName = backward ? Homes.OUTPUT_GRADIENT : "v";
        x = new StagedRows(xName, pass.rows(), key.config().keyDim(), type, numbers, arrays);
        y =
                new StagedRows(
                        yName,
                        pass.rows(),
                        key.config().valueDim(),
                        key.valueType(),
                        key.valueType() == DType.F32 ? null : numbers,
                        arrays);
        state = arrays.floats(pass.stateElements() + 1);

        String name = "lightningStates" + NAMES.incrementAndGet();
        TaskGraph graph = new TaskGraph(name);
        tasks.addTransfers(graph);
        graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, state);
        PassTables tables = tasks.tables();
        if (numbers != null) {
            graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, numbers);
            tables.receipts().expectSeal(Seals.NUMBERS, seal);
        }
        x.addTo(graph, "widenX", tables.chunks(), tables.receipts());
        y.addTo(graph, "widenY", tables.chunks(), tables.receipts());
        TaskGrids grids = new TaskGrids(new GridScheduler(), name);
        tasks.addTo(graph, grids, x.floats(), y.floats(), state);
        addSeals(graph, tables, x.bits(), y.bits());
        graph.transferToHost(DataTransferMode.EVERY_EXECUTION, state, tables.receipts().left());

        root = new TornadoExecutionPlan(graph.snapshot());
        grids.apply(root, device);
        execution = new Execution(root, clock);
    }

    private void addSeals(
            TaskGraph graph,
            PassTables tables,
            @Nullable ShortArray xBits,
            @Nullable ShortArray yBits) {
        int xPlace = key.isBackward() ? Seals.Q : Seals.K;
        int yPlace = key.isBackward() ? Seals.OUTPUT_GRADIENT : Seals.V;
        int statePlace = key.isBackward() ? Seals.GRADIENT : Seals.STATE;
        int states = key.pass().stateElements();
        int powers = key.config().heads() * DecayTable.STRIDE;
        Receipts receipts = tables.receipts();
        receipts.expectSeal(xPlace);
        receipts.expectSeal(yPlace);
        receipts.expectSeal(statePlace);
        if (xBits == null) {
            graph.task(
                    "seals",
                    StateSeals::floats,
                    x.floats(),
                    y.floats(),
                    state,
                    tables.decay(),
                    x.size(),
                    y.size(),
                    states,
                    powers,
                    xPlace,
                    yPlace,
                    statePlace,
                    receipts.left());
        } else if (yBits == null) {
            graph.task(
                    "seals",
                    StateSeals::mixed,
                    xBits,
                    y.floats(),
                    state,
                    tables.decay(),
                    x.size(),
                    y.size(),
                    states,
                    powers,
                    xPlace,
                    yPlace,
                    statePlace,
                    receipts.left());
        } else {
            graph.task(
                    "seals",
                    StateSeals::shorts,
                    xBits,
                    yBits,
                    state,
                    tables.decay(),
                    x.size(),
                    y.size(),
                    states,
                    powers,
                    xPlace,
                    yPlace,
                    statePlace,
                    receipts.left());
        }
    }

    @Override
    public StateKey key() {
        return key;
    }

    @Override
    public boolean run(
            AttentionProblem problem,
            Window window,
            TensorMemory rows,
            TensorMemory values,
            MemorySegment states) {
        PlanKey pass = key.pass();
        ticket += ChunkTable.TICKET_STEP;
        int seal = Seals.of(ticket);
        x.stage(window.runs(), rows, seal);
        y.stage(window.runs(), values, seal);
        HostRows.copy(states, 0, state.getSegment(), 0, states.byteSize());
        state.set(pass.stateElements(), seal);
        PassTables tables = tasks.tables();
        ChunkWriter.write(ChunkWriter.of(pass, problem, window), ticket, tables.chunks());
        execution.run(0);
        tables.receipts().check(ticket);
        Receipts.check("the copy of the states back", (int) state.get(pass.stateElements()), -seal);
        HostRows.copy(state.getSegment(), 0, states, 0, states.byteSize());
        return true;
    }

    @Override
    public void close() {
        arrays.closeAfter(root);
    }
}
