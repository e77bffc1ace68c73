package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.spi.TensorMemory;
import io.github.lightning4j.tornado.kernels.FeatureKernels;
import io.github.lightning4j.tornado.kernels.KernelFamily;
import io.github.lightning4j.tornado.kernels.PoolAttention;
import io.github.lightning4j.tornado.kernels.PoolKernels;
import io.github.lightning4j.tornado.kernels.PoolTable;
import io.github.lightning4j.tornado.kernels.Receipts;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.memory.DeviceArrays;
import io.github.lightning4j.tornado.memory.HostRows;
import io.github.lightning4j.tornado.memory.Window;
import io.github.lightning4j.tornado.tasks.PoolShape;
import io.github.lightning4j.tornado.tasks.TaskGrids;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.util.List;

/**
 * The graphs of an append of at most so many tokens, and their arrays. Each is compiled when it
 * first runs.
 */
final class PoolRun {
    /** The graph for any window. */
    private static final int WHOLE = 0;

    /** Where every row has one token, on a GPU … */
    private static final int STEP = 1;

    /** … and behind that, where blocks become full. */
    private static final int FOLD = 2;

    private final AttentionConfig config;
    private final KernelFamily family;
    private final PoolShape.Room room;
    private final PoolHome home;
    private final IntArray table;
    private final FloatArray q;
    private final FloatArray k;
    private final FloatArray v;
    private final FloatArray o;
    private final FloatArray scores;

    private final List<Part> parts;

    /** A graph, and what it leaves. */
    private record Part(String name, Receipts receipts) {}

    /**
     * Allocates the arrays.
     *
     * @param name that graphs begin with
     */
    PoolRun(
            String name,
            AttentionConfig config,
            KernelFamily family,
            PoolShape.Room room,
            PoolHome home,
            DeviceArrays arrays) {
        this.config = config;
        this.family = family;
        this.room = room;
        this.home = home;
        table = arrays.ints(room.table());
        q = arrays.floats(keys() + 1);
        k = arrays.floats(keys() + 1);
        v = arrays.floats(values() + 1);
        o = arrays.floats(values() + 1);
        scores = arrays.floats(rows() * PoolTable.TOKENS);
        parts =
                family == KernelFamily.LOOPS
                        ? List.of(part(name, arrays))
                        : List.of(
                                part(name, arrays),
                                part(name + "step", arrays),
                                part(name + "fold", arrays));
    }

    private static Part part(String name, DeviceArrays arrays) {
        return new Part(name, new Receipts(arrays.ints(Receipts.ROOM)));
    }

    private int rows() {
        return room.tokens() * config.heads();
    }

    private int keys() {
        return rows() * config.keyDim();
    }

    private int values() {
        return rows() * config.valueDim();
    }

    /** Room of this run. */
    PoolShape.Room room() {
        return room;
    }

    /**
     * The graphs, over places that another has put on the device.
     *
     * @param scheduler gets their grids
     */
    List<TaskGraph> graphs(GridScheduler scheduler) {
        return family == KernelFamily.LOOPS
                ? List.of(loops())
                : List.of(whole(scheduler), step(scheduler), fold(scheduler));
    }

    /** The graphs that a window needs, one after another, by their places in the list. */
    List<Integer> graphsFor(PoolWindow window) {
        if (!window.isStep()) {
            return List.of(WHOLE);
        }
        return window.folds() ? List.of(STEP, FOLD) : List.of(STEP);
    }

    private TaskGraph loops() {
        Part part = parts.get(WHOLE);
        Receipts receipts = part.receipts();
        TaskGraph graph = begin(part);
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, o, scores);
        graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, q, k, v);
        expectSeals(receipts);
        enter(graph, PoolKernels.IN_PLACE, receipts);
        graph.task(
                "scores",
                PoolKernels::scores,
                table,
                q,
                home.keys(),
                home.decay(),
                scores,
                room.blocks() * config.heads(),
                config.heads(),
                config.keyDim(),
                receipts.expect("scores", 0),
                receipts.left());
        loopStates(graph, receipts);
        graph.task(
                "outputs",
                PoolKernels::outputs,
                table,
                q,
                home.values(),
                home.decay(),
                home.states(),
                scores,
                o,
                room.blocks() * config.heads(),
                config.heads(),
                config.keyDim(),
                config.valueDim(),
                (float) config.scale(),
                receipts.expect("outputs", 0),
                receipts.left());
        keep(graph, receipts);
        graph.task("seals", Seals::floats, q, k, v, o, keys(), values(), receipts.left());
        graph.transferToHost(DataTransferMode.EVERY_EXECUTION, o, receipts.left());
        return home.persist(graph);
    }

    private TaskGraph whole(GridScheduler scheduler) {
        Part part = parts.get(WHOLE);
        Receipts receipts = part.receipts();
        TaskGraph graph = begin(part);
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, o, scores);
        graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, q, k, v);
        expectSeals(receipts);
        enter(graph, PoolKernels.AS_IT_IS, receipts);
        states(graph, scheduler, room.scratch(), part);
        attend(graph, scheduler, room.blocks(), part);
        keep(graph, receipts);
        graph.transferToHost(DataTransferMode.EVERY_EXECUTION, o, receipts.left());
        return home.persist(graph);
    }

    private TaskGraph step(GridScheduler scheduler) {
        Part part = parts.get(STEP);
        Receipts receipts = part.receipts();
        TaskGraph graph = begin(part);
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, o, scores);
        graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, q, k, v);
        expectSeals(receipts);
        attend(graph, scheduler, room.tokens(), part);
        graph.transferToHost(DataTransferMode.EVERY_EXECUTION, o, receipts.left());
        return home.persist(graph);
    }

    private TaskGraph fold(GridScheduler scheduler) {
        Part part = parts.get(FOLD);
        Receipts receipts = part.receipts();
        TaskGraph graph = begin(part);
        receipts.expectSeal(Seals.DECAY, home.decaySeal());
        states(graph, scheduler, room.rows(), part);
        graph.transferToHost(DataTransferMode.EVERY_EXECUTION, receipts.left());
        return home.persist(graph);
    }

    private TaskGraph begin(Part part) {
        TaskGraph graph = home.consume(new TaskGraph(part.name()));
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, part.receipts().left());
        return graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, table);
    }

    private void expectSeals(Receipts receipts) {
        receipts.expectSeal(Seals.Q);
        receipts.expectSeal(Seals.K);
        receipts.expectSeal(Seals.V);
        receipts.expectSeal(Seals.DECAY, home.decaySeal());
    }

    private void enter(TaskGraph graph, int queries, Receipts receipts) {
        graph.task(
                "enter",
                PoolKernels::enter,
                table,
                q,
                k,
                v,
                home.keys(),
                home.values(),
                room.blocks() * config.heads(),
                config.heads(),
                config.keyDim(),
                config.valueDim(),
                Math.max(config.keyDim(), config.valueDim()),
                FeatureKernels.number(config.featureMap()),
                queries,
                receipts.expect("enter", 0),
                receipts.left());
    }

    private void loopStates(TaskGraph graph, Receipts receipts) {
        graph.task(
                "states",
                PoolKernels::states,
                table,
                home.keys(),
                home.values(),
                home.decay(),
                home.states(),
                room.scratch() * config.heads() * PoolKernels.strips(config.keyDim()),
                PoolTable.rowsAt(room.blocks()),
                config.heads(),
                config.keyDim(),
                config.valueDim(),
                receipts.expect("states", 0),
                receipts.left());
    }

    private void states(TaskGraph graph, GridScheduler scheduler, int rows, Part part) {
        graph.task(
                "states",
                PoolAttention::states,
                new KernelContext(),
                table,
                home.keys(),
                home.values(),
                home.decay(),
                home.states(),
                PoolTable.rowsAt(room.blocks()),
                config.heads(),
                config.keyDim(),
                config.valueDim(),
                part.receipts().expect("states", PoolAttention.THREADS),
                part.receipts().left());
        int groups =
                PoolAttention.stateGroups(rows, config.heads(), config.keyDim(), config.valueDim());
        new TaskGrids(scheduler, part.name()).groups("states", groups, PoolAttention.THREADS);
    }

    /** Scores and outputs of so many blocks. */
    private void attend(TaskGraph graph, GridScheduler scheduler, int blocks, Part part) {
        TaskGrids grids = new TaskGrids(scheduler, part.name());
        Receipts receipts = part.receipts();
        int featureMap = FeatureKernels.number(config.featureMap());
        graph.task(
                "scores",
                PoolAttention::scores,
                new KernelContext(),
                table,
                q,
                k,
                v,
                home.keys(),
                home.values(),
                home.decay(),
                scores,
                rows(),
                config.heads(),
                config.keyDim(),
                config.valueDim(),
                featureMap,
                receipts.expect("scores", PoolAttention.THREADS),
                receipts.left());
        grids.groups("scores", blocks * config.heads(), PoolAttention.THREADS);
        graph.task(
                "outputs",
                PoolAttention::outputs,
                new KernelContext(),
                table,
                q,
                home.values(),
                home.decay(),
                home.states(),
                scores,
                o,
                rows(),
                config.heads(),
                config.keyDim(),
                config.valueDim(),
                featureMap,
                (float) config.scale(),
                receipts.expect("outputs", PoolAttention.THREADS),
                receipts.left());
        int groups = PoolAttention.outputGroups(blocks, config.heads(), config.valueDim());
        grids.groups("outputs", groups, PoolAttention.THREADS);
    }

    private void keep(TaskGraph graph, Receipts receipts) {
        graph.task(
                "keep",
                PoolKernels::keep,
                table,
                home.keys(),
                home.values(),
                home.states(),
                room.scratch() * config.heads(),
                PoolTable.movesAt(room.blocks(), room.rows()),
                config.heads(),
                config.keyDim(),
                config.valueDim(),
                receipts.expect("keep", 0),
                receipts.left());
    }

    /** Copies a window into the arrays that are copied to the device. */
    void stage(PoolWindow window, AttentionProblem problem, ForwardBuffers buffers, int ticket) {
        int seal = Seals.of(ticket);
        window.write(room, ticket, table);
        rows(window, buffers.q(), problem.inputType(), q, config.keyDim());
        rows(window, buffers.k(), problem.inputType(), k, config.keyDim());
        rows(window, buffers.v(), problem.inputType(), v, config.valueDim());
        q.set(keys(), seal);
        k.set(keys(), seal);
        v.set(values(), seal);
    }

    private static void rows(
            PoolWindow window, TensorMemory source, DType type, FloatArray target, int dim) {
        for (Window.Run run : window.runs()) {
            HostRows.widen(
                    source,
                    type,
                    run.source() * dim,
                    target.getSegment(),
                    run.staged() * dim,
                    run.rows() * dim);
        }
    }

    /** Checks that everything ran. */
    void check(PoolWindow window, int ticket) {
        graphsFor(window).forEach(graph -> parts.get(graph).receipts().check(ticket));
        Receipts.check("the copy of o", (int) o.get(values()), Seals.of(ticket));
    }

    /** Copies o out. */
    void collect(PoolWindow window, AttentionProblem problem, TensorMemory output) {
        HostRows.out(
                window.runs(), o.getSegment(), output, config.valueDim(), problem.outputType());
    }
}
