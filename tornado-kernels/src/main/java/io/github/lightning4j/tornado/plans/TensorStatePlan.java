package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.TensorMemory;
import io.github.lightning4j.tornado.kernels.ChunkTable;
import io.github.lightning4j.tornado.kernels.Receipts;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.memory.DeviceArrays;
import io.github.lightning4j.tornado.memory.HostRows;
import io.github.lightning4j.tornado.memory.Window;
import io.github.lightning4j.tornado.tasks.TaskGrids;
import io.github.lightning4j.tornado.tasks.TensorStateAloneTasks;
import io.github.lightning4j.tornado.tasks.TensorStateKey;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * States alone over a window, or their gradients alone, on tensor cores: rows travel in 16 bits,
 * states in float32. As in {@link TensorWindows}, a run reports whether all states are finite.
 */
final class TensorStatePlan implements StatesPlan {
    private static final AtomicInteger NAMES = new AtomicInteger();

    private final TensorStateKey key;
    private final DeviceArrays arrays;
    private final TensorStateAloneTasks tasks;
    private final TornadoExecutionPlan root;
    private final Execution execution;
    private int ticket;

    TensorStatePlan(
            TensorStateKey key, TornadoDevice device, DeviceArrays arrays, KernelClock clock) {
        this.key = key;
        this.arrays = arrays;
        tasks = new TensorStateAloneTasks(key, arrays);
        String name = "lightningTensorStates" + NAMES.incrementAndGet();
        TaskGraph graph = new TaskGraph(name);
        TaskGrids grids = new TaskGrids(new GridScheduler(), name);
        tasks.addTo(graph, grids);
        root = new TornadoExecutionPlan(graph.snapshot());
        grids.apply(root, device);
        execution = new Execution(root, clock);
    }

    @Override
    public TensorStateKey key() {
        return key;
    }

    @Override
    public boolean run(
            AttentionProblem problem,
            Window window,
            TensorMemory rows,
            TensorMemory values,
            MemorySegment states) {
        ticket += ChunkTable.TICKET_STEP;
        int seal = Seals.of(ticket);
        tasks.keys().stage(window, rows, seal);
        tasks.values().stage(window, values, seal);
        FloatArray state = tasks.state();
        int end = key.pass().stateElements();
        HostRows.copy(states, 0, state.getSegment(), 0, states.byteSize());
        state.set(end, seal);
        TensorTableWriter.write(
                key, problem, window, ticket, key.direction(), false, tasks.pieces());
        execution.run(0);
        tasks.receipts().check(ticket);
        Receipts.check("the copy of the states back", (int) state.get(end), ticket);
        if (tasks.receipts().left().get(Seals.NOT_FINITE) == ticket) {
            return false;
        }
        HostRows.copy(state.getSegment(), 0, states, 0, states.byteSize());
        return true;
    }

    @Override
    public void close() {
        arrays.closeAfter(root);
    }
}
