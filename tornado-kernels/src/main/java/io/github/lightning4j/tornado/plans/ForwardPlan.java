package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.tornado.devices.DeviceLock;
import io.github.lightning4j.tornado.kernels.ChunkTable;
import io.github.lightning4j.tornado.kernels.KernelFamily;
import io.github.lightning4j.tornado.kernels.Receipts;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.memory.DeviceArrays;
import io.github.lightning4j.tornado.memory.HostRows;
import io.github.lightning4j.tornado.memory.Window;
import io.github.lightning4j.tornado.tasks.PlanKey;
import io.github.lightning4j.tornado.tasks.PlanShape;
import io.github.lightning4j.tornado.tasks.TaskGrids;
import io.github.lightning4j.tornado.tasks.TensorKey;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Arrays on a device and the compiled kernels over them. Two task graphs: one puts states there,
 * and one runs a window and updates the states, which stay on the device between graphs and from
 * run to run. A graph is compiled when it first runs.
 *
 * <p>Used by one thread at a time, and only under {@link DeviceLock}.
 */
final class ForwardPlan implements Plan {
    private static final AtomicInteger NAMES = new AtomicInteger();

    private static final int LOAD = 0;
    private static final int RUN = 1;

    private final PlanShape shape;
    private final PlanKey key;
    private final DeviceArrays arrays;
    private final WindowPass pass;
    private final FloatArray incoming;
    private final FloatArray state;
    private final IntArray loadReceipt;
    private final TornadoExecutionPlan root;
    private final Execution execution;
    private @Nullable TornadoExecutionResult last;
    private int ticket;
    private int stateSeal;
    private boolean loaded;
    private boolean fromZero;

    /** A plan in loops or tiles. */
    ForwardPlan(
            PlanKey key,
            KernelFamily family,
            TornadoDevice device,
            DeviceArrays arrays,
            KernelClock clock) {
        this(key, key, new FloatWindows(key, family, arrays), device, arrays, clock);
    }

    /** A plan on tensor cores; decode steps are in tiles. */
    ForwardPlan(TensorKey key, TornadoDevice device, DeviceArrays arrays, KernelClock clock) {
        this(key, key.pass(), new TensorWindows(key, arrays), device, arrays, clock);
    }

    private ForwardPlan(
            PlanShape shape,
            PlanKey key,
            WindowPass pass,
            TornadoDevice device,
            DeviceArrays arrays,
            KernelClock clock) {
        this.shape = shape;
        this.key = key;
        this.pass = pass;
        this.arrays = arrays;
        incoming = arrays.floats(key.stateElements() + 1);
        state = arrays.floats(key.stateElements() + 1);
        loadReceipt = arrays.ints(1);
        String name = "lightning" + NAMES.incrementAndGet();
        String loadName = name + "load";

        TaskGraph loading =
                new TaskGraph(loadName)
                        .transferToDevice(DataTransferMode.FIRST_EXECUTION, loadReceipt)
                        .transferToDevice(DataTransferMode.EVERY_EXECUTION, incoming)
                        .task(
                                "load",
                                ForwardPlan::copy,
                                incoming,
                                state,
                                key.stateElements(),
                                loadReceipt)
                        .transferToHost(DataTransferMode.EVERY_EXECUTION, loadReceipt)
                        .persistOnDevice(state);
        TaskGraph running = new TaskGraph(name).consumeFromDevice(loadName, state);
        TaskGrids grids = new TaskGrids(new GridScheduler(), name);
        pass.addTo(running, grids, state);
        running.transferToHost(DataTransferMode.UNDER_DEMAND, state);
        running.persistOnDevice(state);

        root = new TornadoExecutionPlan(loading.snapshot(), running.snapshot());
        grids.apply(root, device);
        execution = new Execution(root, clock);
    }

    /**
     * out = in, with the seal behind it, which is reported too. The loop does not include the seal,
     * because TornadoVM makes groups whose size divides that of the loop, and one element more
     * would leave it few to choose from.
     */
    static void copy(FloatArray in, FloatArray out, int size, IntArray receipt) {
        for (@Parallel int i = 0; i < size; i++) {
            if (i == 0) {
                float seal = in.get(size);
                receipt.set(0, (int) seal);
                out.set(size, seal);
            }
            out.set(i, in.get(i));
        }
    }

    @Override
    public PlanShape key() {
        return shape;
    }

    /** Tokens of all sequences together that it has room for. */
    int tokens() {
        return key.tokens();
    }

    /**
     * Puts states on the device.
     *
     * @param source float32 [R, H, D, E]
     * @param offset bytes before the first state
     * @param states R
     */
    void loadStates(MemorySegment source, long offset, int states) {
        HostRows.copy(source, offset, incoming.getSegment(), 0, stateBytes(states));
        load();
    }

    /**
     * Begins with states that are zero. The next run is told so and nothing is copied, except the
     * first time, when the states get their memory.
     */
    void clearStates() {
        if (loaded) {
            fromZero = true;
            last = null;
        } else {
            loadZeros();
        }
    }

    private void loadZeros() {
        incoming.getSegment().fill((byte) 0);
        load();
    }

    private void load() {
        ticket += ChunkTable.TICKET_STEP;
        stateSeal = Seals.of(ticket);
        incoming.set(key.stateElements(), stateSeal);
        root.withGraph(LOAD).execute();
        Receipts.check("the copy of the initial states", loadReceipt.get(0), stateSeal);
        loaded = true;
        fromZero = false;
        last = null;
    }

    /**
     * Runs a window.
     *
     * @param problem the problem it is a part of
     * @param window the part
     * @param buffers the whole problem's memory; the states are not used
     * @return whether the outputs are what they should be; if not, {@link #readBefore} has the
     *     states with which the window is to be computed otherwise
     */
    boolean run(AttentionProblem problem, Window window, ForwardBuffers buffers) {
        ticket += ChunkTable.TICKET_STEP;
        pass.stage(problem, window, buffers, ticket, fromZero);
        last = execution.run(RUN);
        boolean good = pass.collect(problem, window, buffers, ticket);
        stateSeal = ticket;
        fromZero = false;
        return good;
    }

    /**
     * Copies the states before a run that could not compute what it should.
     *
     * @param target float32 [R, H, D, E]
     * @param states R
     */
    void readBefore(MemorySegment target, int states) {
        TornadoExecutionResult result = last;
        if (result == null) {
            throw new IllegalStateException("there was no run");
        }
        pass.readBefore(result, ticket, target.asSlice(0, stateBytes(states)));
    }

    /**
     * Copies states from the device.
     *
     * @param target float32 [R, H, D, E]
     * @param offset bytes before the first state
     * @param states R
     */
    void readStates(MemorySegment target, long offset, int states) {
        if (fromZero) {
            target.asSlice(offset, stateBytes(states)).fill((byte) 0);
            return;
        }
        if (last == null) {
            HostRows.copy(incoming.getSegment(), 0, target, offset, stateBytes(states));
            return;
        }
        // An earlier copy may have brought the same seal, if these states were read before.
        state.set(key.stateElements(), 0f);
        last.transferToHost(state);
        Receipts.check("the copy of the states", (int) state.get(key.stateElements()), stateSeal);
        HostRows.copy(state.getSegment(), 0, target, offset, stateBytes(states));
    }

    private long stateBytes(int states) {
        return states * PlanKey.stateBytes(key.config());
    }

    @Override
    public void close() {
        arrays.closeAfter(root);
    }
}
