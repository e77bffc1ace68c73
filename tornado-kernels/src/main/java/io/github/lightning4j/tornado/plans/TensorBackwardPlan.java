package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackwardBuffers;
import io.github.lightning4j.tornado.kernels.ChunkTable;
import io.github.lightning4j.tornado.kernels.Direction;
import io.github.lightning4j.tornado.kernels.Receipts;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.memory.DeviceArrays;
import io.github.lightning4j.tornado.memory.HostRows;
import io.github.lightning4j.tornado.memory.Window;
import io.github.lightning4j.tornado.tasks.TaskGrids;
import io.github.lightning4j.tornado.tasks.TensorBackwardKey;
import io.github.lightning4j.tornado.tasks.TensorBackwardTasks;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.common.TornadoDevice;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A backward pass over a window on tensor cores: rows travel in 16 bits, both ways, states and
 * their gradients in float32. As in {@link TensorWindows}, a run reports whether all results are
 * finite.
 */
final class TensorBackwardPlan implements GradientPlan {
    private static final AtomicInteger NAMES = new AtomicInteger();

    private final TensorBackwardKey key;
    private final DeviceArrays arrays;
    private final TensorBackwardTasks tasks;
    private final TornadoExecutionPlan root;
    private final Execution execution;
    private int ticket;

    TensorBackwardPlan(
            TensorBackwardKey key, TornadoDevice device, DeviceArrays arrays, KernelClock clock) {
        this.key = key;
        this.arrays = arrays;
        tasks = new TensorBackwardTasks(key, arrays);
        String name = "lightningTensorBackward" + NAMES.incrementAndGet();
        TaskGraph graph = new TaskGraph(name);
        TaskGrids grids = new TaskGrids(new GridScheduler(), name);
        tasks.addTo(graph, grids);
        root = new TornadoExecutionPlan(graph.snapshot());
        grids.apply(root, device);
        execution = new Execution(root, clock);
    }

    @Override
    public TensorBackwardKey key() {
        return key;
    }

    @Override
    public boolean run(
            AttentionProblem problem,
            Window window,
            BackwardBuffers buffers,
            MemorySegment states,
            MemorySegment gradients) {
        ticket += ChunkTable.TICKET_STEP;
        int seal = Seals.of(ticket);
        tasks.in().q().stage(window, buffers.q(), seal);
        tasks.in().k().stage(window, buffers.k(), seal);
        tasks.in().v().stage(window, buffers.v(), seal);
        tasks.in().dO().stage(window, buffers.outputGradient(), seal);
        int end = key.pass().stateElements();
        HostRows.copy(states, 0, tasks.state().getSegment(), 0, states.byteSize());
        HostRows.copy(gradients, 0, tasks.gradient().getSegment(), 0, gradients.byteSize());
        tasks.state().set(end, seal);
        tasks.gradient().set(end, seal);
        TensorTableWriter.write(
                key, problem, window, ticket, Direction.FORWARD, false, tasks.pieces());
        TensorTableWriter.write(
                key, problem, window, ticket, Direction.BACKWARD, false, tasks.reversed());
        execution.run(0);
        tasks.receipts().check(ticket);
        tasks.out().dq().check(seal);
        tasks.out().dk().check(seal);
        tasks.out().dv().check(seal);
        Receipts.check(
                "the copy of the gradient of the states",
                (int) tasks.initialGradient().get(end),
                ticket);
        if (tasks.receipts().left().get(Seals.NOT_FINITE) == ticket) {
            return false;
        }
        tasks.out().dq().collect(window, buffers.dq());
        tasks.out().dk().collect(window, buffers.dk());
        tasks.out().dv().collect(window, buffers.dv());
        MemorySegment initial = tasks.initialGradient().getSegment();
        HostRows.copy(initial, 0, gradients, 0, gradients.byteSize());
        return true;
    }

    @Override
    public void close() {
        arrays.closeAfter(root);
    }
}
