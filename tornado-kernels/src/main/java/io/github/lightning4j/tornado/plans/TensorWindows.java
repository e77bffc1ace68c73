package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.DType;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.tornado.kernels.Receipts;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.kernels.TensorTable;
import io.github.lightning4j.tornado.memory.DeviceArrays;
import io.github.lightning4j.tornado.memory.HostRows;
import io.github.lightning4j.tornado.memory.Window;
import io.github.lightning4j.tornado.tasks.TaskGrids;
import io.github.lightning4j.tornado.tasks.TensorKey;
import io.github.lightning4j.tornado.tasks.TensorTasks;

import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Windows in 16 bits on tensor cores: rows travel as they are, both ways.
 *
 * <p>Scores and states are rounded to the dtype of the inputs between products, and what is not
 * finite spreads over a chunk of 64 tokens. So a run reports whether all results are finite; if
 * they are not, the window is to be computed with float32.
 */
final class TensorWindows implements WindowPass {
    /** Seals in half precision are two numbers, each of which is exact. */
    private static final int HALF_SEAL = 128;

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
        int keyDim = key.config().keyDim();
        int valueDim = key.config().valueDim();
        int seal = Seals.of(ticket);
        stage(window, buffers.q(), tasks.q(), keyDim);
        stage(window, buffers.k(), tasks.k(), keyDim);
        stage(window, buffers.v(), tasks.v(), valueDim);
        tasks.q().set(ValueLayout.JAVA_LONG, end(keyDim), seal);
        tasks.k().set(ValueLayout.JAVA_LONG, end(keyDim), seal);
        if (key.pass().inputType() == DType.F16) {
            int low = seal % HALF_SEAL;
            int high = seal / HALF_SEAL;
            long at = end(valueDim);
            tasks.v().set(ValueLayout.JAVA_SHORT, at, Float.floatToFloat16(low));
            tasks.v().set(ValueLayout.JAVA_SHORT, at + Short.BYTES, Float.floatToFloat16(high));
        } else {
            tasks.v().set(ValueLayout.JAVA_LONG, end(valueDim), seal);
        }
        write(problem, window, ticket);
    }

    private static void stage(Window window, MemorySegment source, MemorySegment target, int dim) {
        HostRows.in(window.runs(), source, rows(target), (long) dim * Short.BYTES);
    }

    /** An array from its first row on. */
    private static MemorySegment rows(MemorySegment array) {
        return array.asSlice((long) TensorTable.FIRST * Long.BYTES);
    }

    /** Where the seal is, in bytes. */
    private long end(int dim) {
        return (long) TensorTable.FIRST * Long.BYTES + (long) key.pass().rows() * dim * Short.BYTES;
    }

    private void write(AttentionProblem problem, Window window, int ticket) {
        IntArray table = tasks.table();
        for (int i = 0; i < TensorTable.size(key.pass().sequences()); i++) {
            table.set(i, 0);
        }
        table.set(TensorTable.TICKET, ticket);
        table.set(TensorTable.TOKEN_STRIDE, Math.toIntExact(window.tokenStride(problem)));
        table.set(TensorTable.FROM_ZERO, fromZero ? 1 : 0);
        for (Window.Piece piece : window.pieces()) {
            int entry = TensorTable.SEQUENCES + piece.slot() * TensorTable.FIELDS;
            table.set(entry + TensorTable.ROW, Math.toIntExact(piece.row()));
            table.set(entry + TensorTable.TOKENS, Math.toIntExact(piece.tokens()));
            table.set(entry + TensorTable.HEAD_STRIDE, Math.toIntExact(piece.headStride()));
        }
    }

    @Override
    public boolean collect(
            AttentionProblem problem, Window window, ForwardBuffers buffers, int ticket) {
        tasks.receipts().check(ticket);
        int valueDim = key.config().valueDim();
        Receipts.check(
                "the copy of o",
                (int) tasks.o().get(ValueLayout.JAVA_LONG, end(valueDim)),
                Seals.of(ticket));
        if (tasks.receipts().left().get(Seals.NOT_FINITE) == ticket) {
            return false;
        }
        HostRows.out(
                window.runs(), rows(tasks.o()), buffers.output(), (long) valueDim * Short.BYTES);
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
