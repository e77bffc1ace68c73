package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.tornado.kernels.Direction;
import io.github.lightning4j.tornado.kernels.Receipts;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.memory.DeviceArrays;
import io.github.lightning4j.tornado.memory.HostRows;
import io.github.lightning4j.tornado.memory.Window;
import io.github.lightning4j.tornado.tasks.TaskGrids;
import io.github.lightning4j.tornado.tasks.TensorKey;
import io.github.lightning4j.tornado.tasks.TensorTasks;

import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.lang.foreign.MemorySegment;

/**
 * Windows in 16 bits on tensor cores: rows travel as they are, both ways.
 *
 * <p>Scores and states are rounded to the dtype of the inputs between products, and what is not
 * finite spreads over a chunk of 64 tokens. So a run reports whether all results are finite; if
 * they are not, the window is to be computed with float32.
 */
final class TensorWindows implements WindowPass {
    private final TensorKey key;
    private final TensorTasks tasks;
    private boolean fromZero;

    TensorWindows(TensorKey key, DeviceArrays arrays) {
        this.key = key;
        tasks = new TensorTasks(key, arrays);
    }

    @Override
    public void addTo(TaskGraph graph, TaskGrids grids, FloatArray state) {
        tasks.addTo(graph, grids, state);
    }

    @Override
    public void stage(
            AttentionProblem problem,
            Window window,
            ForwardBuffers buffers,
            int ticket,
            boolean fromZero) {
        this.fromZero = fromZero;
        int seal = Seals.of(ticket);
        tasks.q().stage(window, buffers.q(), seal);
        tasks.k().stage(window, buffers.k(), seal);
        tasks.v().stage(window, buffers.v(), seal);
        TensorTableWriter.write(
                key, problem, window, ticket, Direction.FORWARD, fromZero, tasks.pieces());
    }

    @Override
    public boolean collect(
            AttentionProblem problem, Window window, ForwardBuffers buffers, int ticket) {
        tasks.receipts().check(ticket);
        tasks.o().check(Seals.of(ticket));
        if (tasks.receipts().left().get(Seals.NOT_FINITE) == ticket) {
            return false;
        }
        tasks.o().collect(window, buffers.output());
        return true;
    }

    @Override
    public void readBefore(TornadoExecutionResult result, int ticket, MemorySegment target) {
        if (fromZero) {
            target.fill((byte) 0);
            return;
        }
        FloatArray before = tasks.before();
        int size = key.pass().stateElements();
        before.set(size, 0f);
        result.transferToHost(before);
        Receipts.check("the copy of the states before", (int) before.get(size), ticket);
        HostRows.copy(before.getSegment(), 0, target, 0, target.byteSize());
    }
}
