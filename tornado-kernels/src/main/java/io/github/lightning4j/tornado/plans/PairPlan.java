package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.tornado.devices.DeviceLock;
import io.github.lightning4j.tornado.kernels.ChunkTable;
import io.github.lightning4j.tornado.kernels.DecayTable;
import io.github.lightning4j.tornado.kernels.KernelFamily;
import io.github.lightning4j.tornado.kernels.PairLoopKernels;
import io.github.lightning4j.tornado.kernels.PairTable;
import io.github.lightning4j.tornado.kernels.Receipts;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.kernels.Tile;
import io.github.lightning4j.tornado.kernels.TiledPairs;
import io.github.lightning4j.tornado.memory.DeviceArrays;
import io.github.lightning4j.tornado.memory.HostRows;
import io.github.lightning4j.tornado.memory.Window;
import io.github.lightning4j.tornado.tasks.FeatureTask;
import io.github.lightning4j.tornado.tasks.PairKey;
import io.github.lightning4j.tornado.tasks.PlanKey;
import io.github.lightning4j.tornado.tasks.TaskGrids;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Arrays on a device and the compiled kernel of softmax attention, the left or the right product
 * over whole sequences.
 *
 * <p>Used by one thread at a time, and only under {@link DeviceLock}.
 */
public final class PairPlan implements Plan {
    private static final AtomicInteger NAMES = new AtomicInteger();

    private final int decaySeal = Seals.next();
    private final PairKey shape;
    private final PlanKey key;
    private final KernelFamily family;
    private final DeviceArrays arrays;
    private final StagedInputs inputs;
    private final IntArray table;
    private final Receipts receipts;
    private final FloatArray o;
    private final TornadoExecutionPlan root;
    private final Execution execution;
    private int ticket;

    PairPlan(
            PairKey shape,
            KernelFamily family,
            TornadoDevice device,
            DeviceArrays arrays,
            KernelClock clock) {
        this.shape = shape;
        key = shape.pass();
        this.family = family;
        this.arrays = arrays;
        inputs = new StagedInputs(key, arrays);
        table = arrays.ints(PairTable.size(key.chunks()));
        receipts = new Receipts(arrays.ints(Receipts.ROOM));
        o = arrays.floats(key.rows() * key.config().valueDim() + 1);
        String name = "pairs" + NAMES.incrementAndGet();
        TaskGraph graph = new TaskGraph(name);
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, receipts.left(), o);
        graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, table);
        inputs.addTo(graph, table, receipts);
        TaskGrids grids = new TaskGrids(new GridScheduler(), name);
        FeatureTask features = new FeatureTask(key, table, receipts);
        features.addInPlace(graph, grids, "featuresQ", inputs.q());
        features.addInPlace(graph, grids, "featuresK", inputs.k());
        if (isTiled()) {
            addTiles(graph, grids);
        } else {
            addLoops(graph);
        }
        inputs.addSeals(graph, o, receipts);
        graph.transferToHost(DataTransferMode.EVERY_EXECUTION, o, receipts.left());
        root = new TornadoExecutionPlan(graph.snapshot());
        grids.apply(root, device);
        execution = new Execution(root, clock);
    }

    @Override
    public PairKey key() {
        return shape;
    }

    private boolean isTiled() {
        return switch (key.config().algorithm()) {
            case SOFTMAX, LEFT_PRODUCT -> family == KernelFamily.TILED;
            default -> false;
        };
    }

    private int receipt() {
        return receipts.expect("outputs", isTiled() ? Tile.THREADS : 0);
    }

    /** Numbers of the heads, on the device, which never change. */
    private FloatArray sealed(TaskGraph graph, float[] numbers) {
        FloatArray array = arrays.sealed(numbers, decaySeal);
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, array);
        receipts.expectSeal(Seals.DECAY, decaySeal);
        return array;
    }

    private void addTiles(TaskGraph graph, TaskGrids grids) {
        AttentionConfig config = key.config();
        graph.task(
                "outputs",
                TiledPairs::pairs,
                new KernelContext(),
                table,
                inputs.q(),
                inputs.k(),
                inputs.v(),
                sealed(graph, config.slopes()),
                o,
                config.heads(),
                config.keyDim(),
                config.valueDim(),
                config.algorithm() == Algorithm.SOFTMAX ? TiledPairs.SOFTMAX : TiledPairs.DECAY,
                (float) config.scale(),
                receipt(),
                receipts.left());
        int tiles = Tile.tiles(config.valueDim(), Tile.columns(config.valueDim()));
        grids.groups("outputs", key.streams() * tiles, Tile.THREADS);
    }

    private void addLoops(TaskGraph graph) {
        switch (key.config().algorithm()) {
            case SOFTMAX -> addSoftmax(graph);
            case LEFT_PRODUCT -> addLeft(graph);
            case RIGHT_PRODUCT -> addRight(graph);
            case LIGHTNING_2, LIGHTNING_1 -> throw new AssertionError(key);
        }
    }

    private void addSoftmax(TaskGraph graph) {
        AttentionConfig config = key.config();
        graph.task(
                "outputs",
                PairLoopKernels::softmaxRows,
                table,
                inputs.q(),
                inputs.k(),
                inputs.v(),
                o,
                key.streams(),
                config.heads(),
                config.keyDim(),
                config.valueDim(),
                (float) config.scale(),
                receipt(),
                receipts.left());
    }

    private void addLeft(TaskGraph graph) {
        AttentionConfig config = key.config();
        graph.task(
                "outputs",
                PairLoopKernels::leftRows,
                table,
                inputs.q(),
                inputs.k(),
                inputs.v(),
                sealed(graph, config.slopes()),
                o,
                key.streams(),
                config.heads(),
                config.keyDim(),
                config.valueDim(),
                (float) config.scale(),
                receipt(),
                receipts.left());
    }

    private void addRight(TaskGraph graph) {
        AttentionConfig config = key.config();
        float[] decay = DecayTable.of(config.slopes());
        float[] step = new float[2 * config.heads()];
        for (int h = 0; h < config.heads(); h++) {
            step[2 * h] = decay[h * DecayTable.STRIDE + DecayTable.FADE + 1];
            step[2 * h + 1] = decay[h * DecayTable.STRIDE + DecayTable.KEEP + 1];
        }
        FloatArray state = arrays.floats(key.stateElements());
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, state);
        graph.task(
                "outputs",
                PairLoopKernels::rightColumns,
                table,
                inputs.q(),
                inputs.k(),
                inputs.v(),
                sealed(graph, step),
                state,
                o,
                key.streams(),
                config.heads(),
                config.keyDim(),
                config.valueDim(),
                (float) config.scale(),
                receipt(),
                receipts.left());
    }

    /** Runs a window of whole sequences. */
    void run(AttentionProblem problem, Window window, ForwardBuffers buffers) {
        ticket += ChunkTable.TICKET_STEP;
        inputs.stage(window, buffers.q(), buffers.k(), buffers.v(), Seals.of(ticket));
        ChunkWriter.write(PairWriter.of(key, problem, window), ticket, table);
        execution.run(0);
        receipts.check(ticket);
        int valueDim = key.config().valueDim();
        Receipts.check("the copy of o", (int) o.get(key.rows() * valueDim), Seals.of(ticket));
        HostRows.out(
                window.runs(), o.getSegment(), buffers.output(), valueDim, problem.outputType());
    }

    /** Frees the memory of the device. */
    @Override
    public void close() {
        arrays.closeAfter(root);
    }
}
