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
import io.github.lightning4j.tornado.tasks.PoolShape;
import io.github.lightning4j.tornado.tasks.TaskGrids;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The graphs of an append of at most so many tokens, and their arrays. Each is compiled when it
 * first runs.
 */
final class PoolRun {
    /**
     * What a graph is for: any window, or on a GPU one in which every row has one token, and behind
     * that what folds blocks that became full. The former two are there for floats and for 16 bits.
     */
    private enum Kind {
        WHOLE,
        WHOLE_BITS,
        STEP,
        STEP_BITS,
        FOLD;

        /** Whether it is for any window. */
        boolean isWhole() {
            return this == WHOLE || this == WHOLE_BITS;
        }

        /** Whether q, k and v come in 16 bits. */
        boolean hasBits() {
            return this == WHOLE_BITS || this == STEP_BITS;
        }
    }

    private final AttentionConfig config;
    private final KernelFamily family;
    private final PoolShape.Room room;
    private final PoolHome home;
    private final IntArray table;
    private final boolean hasBits;
    private final StagedTokens tokens;
    private final FloatArray o;
    private final FloatArray scores;

    private final List<Kind> kinds;

    /** A graph of each. */
    private final List<Part> parts;

    /** A graph, and what it leaves. */
    private record Part(Kind kind, String name, Receipts receipts) {}

    /**
     * Allocates the arrays.
     *
     * @param name that graphs begin with
     * @param numbers of all runs
     */
    PoolRun(
            String name,
            AttentionConfig config,
            KernelFamily family,
            PoolShape.Room room,
            PoolHome home,
            StagedTokens.Numbers numbers,
            DeviceArrays arrays) {
        this.config = config;
        this.family = family;
        this.room = room;
        this.home = home;
        table = arrays.ints(room.table());
        hasBits = StagedTokens.hasBits(family, room.tokens());
        tokens = new StagedTokens(config, room.tokens(), hasBits, numbers, arrays);
        o = arrays.floats(values() + 1);
        scores = arrays.floats(rows() * PoolTable.TOKENS);
        kinds =
                Stream.of(Kind.values())
                        .filter(kind -> family != KernelFamily.LOOPS || kind.isWhole())
                        .filter(kind -> hasBits || !kind.hasBits())
                        .toList();
        parts = kinds.stream().map(kind -> part(kind, name, arrays)).toList();
    }

    private static Part part(Kind kind, String name, DeviceArrays arrays) {
        String suffix = kind.name().replace("_", "").toLowerCase(Locale.ROOT);
        return new Part(kind, name + suffix, new Receipts(arrays.ints(Receipts.ROOM)));
    }

    private int rows() {
        return room.tokens() * config.heads();
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
        return parts.stream().map(part -> graph(part, scheduler)).toList();
    }

    private TaskGraph graph(Part part, GridScheduler scheduler) {
        TaskGraph graph = begin(part);
        switch (part.kind()) {
            case WHOLE, WHOLE_BITS -> {
                if (family == KernelFamily.LOOPS) {
                    loops(graph, part.receipts());
                } else {
                    whole(graph, scheduler, part);
                }
            }
            case STEP, STEP_BITS -> attend(graph, scheduler, room.tokens(), part);
            case FOLD -> states(graph, scheduler, room.rows(), part);
        }
        if (part.kind() == Kind.FOLD) {
            graph.transferToHost(DataTransferMode.EVERY_EXECUTION, part.receipts().left());
        } else {
            graph.transferToHost(DataTransferMode.EVERY_EXECUTION, o, part.receipts().left());
        }
        return home.persist(graph);
    }

    /** The graphs that a window needs, one after another, by their places in the list. */
    List<Integer> graphsFor(PoolWindow window, DType type) {
        boolean bits = hasBits && type != DType.F32;
        return kindsFor(window, bits).stream().map(kinds::indexOf).toList();
    }

    private static List<Kind> kindsFor(PoolWindow window, boolean bits) {
        if (!window.isStep()) {
            return List.of(bits ? Kind.WHOLE_BITS : Kind.WHOLE);
        }
        Kind step = bits ? Kind.STEP_BITS : Kind.STEP;
        return window.folds() ? List.of(step, Kind.FOLD) : List.of(step);
    }

    private TaskGraph begin(Part part) {
        Receipts receipts = part.receipts();
        TaskGraph graph = home.consume(new TaskGraph(part.name()));
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, receipts.left());
        graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, table);
        receipts.expectSeal(Seals.DECAY, home.decaySeal());
        if (part.kind() == Kind.FOLD) {
            return graph;
        }
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, o, scores);
        if (part.kind().hasBits()) {
            tokens.addBits(graph, table, receipts);
        } else {
            tokens.addFloats(graph, receipts);
        }
        return graph;
    }

    private void loops(TaskGraph graph, Receipts receipts) {
        enter(graph, PoolKernels.IN_PLACE, receipts);
        graph.task(
                "scores",
                PoolKernels::scores,
                table,
                tokens.floats(),
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
                tokens.floats(),
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
        tokens.addSeals(graph, o, receipts);
    }

    private void whole(TaskGraph graph, GridScheduler scheduler, Part part) {
        enter(graph, PoolKernels.AS_IT_IS, part.receipts());
        states(graph, scheduler, room.scratch(), part);
        attend(graph, scheduler, room.blocks(), part);
        keep(graph, part.receipts());
    }

    private void enter(TaskGraph graph, int queries, Receipts receipts) {
        graph.task(
                "enter",
                PoolKernels::enter,
                table,
                tokens.floats(),
                home.keys(),
                home.values(),
                rows(),
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
                tokens.floats(),
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
                tokens.floats(),
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
    void stage(PoolWindow window, DType type, ForwardBuffers buffers, int ticket) {
        window.write(room, ticket, table);
        tokens.stage(window.runs(), buffers, type, table, Seals.of(ticket));
    }

    /** Checks that everything ran. */
    void check(List<Integer> graphs, int ticket) {
        graphs.forEach(graph -> parts.get(graph).receipts().check(ticket));
        Receipts.check("the copy of o", (int) o.get(values()), Seals.of(ticket));
    }

    /** Copies o out. */
    void collect(PoolWindow window, AttentionProblem problem, TensorMemory output) {
        HostRows.out(
                window.runs(), o.getSegment(), output, config.valueDim(), problem.outputType());
    }
}
