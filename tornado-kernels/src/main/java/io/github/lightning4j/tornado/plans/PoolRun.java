package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.tornado.kernels.FeatureKernels;
import io.github.lightning4j.tornado.kernels.PoolKernels;
import io.github.lightning4j.tornado.kernels.PoolTable;
import io.github.lightning4j.tornado.kernels.Receipts;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.memory.DeviceArrays;
import io.github.lightning4j.tornado.memory.HostRows;
import io.github.lightning4j.tornado.memory.Window;
import io.github.lightning4j.tornado.tasks.PoolShape;

import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.lang.foreign.MemorySegment;

/**
 * The graph of an append of at most so many tokens, and its arrays. Compiled when it first runs.
 */
final class PoolRun {
    private final AttentionConfig config;
    private final PoolShape.Room room;
    private final PoolHome home;
    private final IntArray table;
    private final Receipts receipts;
    private final FloatArray q;
    private final FloatArray k;
    private final FloatArray v;
    private final FloatArray o;
    private final FloatArray scores;

    /** Allocates the arrays. */
    PoolRun(AttentionConfig config, PoolShape.Room room, PoolHome home, DeviceArrays arrays) {
        this.config = config;
        this.room = room;
        this.home = home;
        table = arrays.ints(room.table());
        receipts = new Receipts(arrays.ints(Receipts.ROOM));
        q = arrays.floats(keys() + 1);
        k = arrays.floats(keys() + 1);
        v = arrays.floats(values() + 1);
        o = arrays.floats(values() + 1);
        scores = arrays.floats(rows() * PoolTable.TOKENS);
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

    /** The graph, over places that another has put on the device. */
    TaskGraph graph(String name) {
        int heads = config.heads();
        int keyDim = config.keyDim();
        int valueDim = config.valueDim();
        int streams = room.blocks() * heads;
        IntArray left = receipts.left();
        TaskGraph graph = home.consume(new TaskGraph(name));
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, left, o, scores);
        graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, table, q, k, v);
        receipts.expectSeal(Seals.Q);
        receipts.expectSeal(Seals.K);
        receipts.expectSeal(Seals.V);
        receipts.expectSeal(Seals.DECAY, home.decaySeal());
        graph.task(
                "enter",
                PoolKernels::enter,
                table,
                q,
                k,
                v,
                home.keys(),
                home.values(),
                streams,
                heads,
                keyDim,
                valueDim,
                Math.max(keyDim, valueDim),
                FeatureKernels.number(config.featureMap()),
                receipts.expect("enter", 0),
                left);
        graph.task(
                "scores",
                PoolKernels::scores,
                table,
                q,
                home.keys(),
                home.decay(),
                scores,
                streams,
                heads,
                keyDim,
                receipts.expect("scores", 0),
                left);
        graph.task(
                "states",
                PoolKernels::states,
                table,
                home.keys(),
                home.values(),
                home.decay(),
                home.states(),
                room.tokens() * heads,
                PoolTable.rowsAt(room.blocks()),
                heads,
                keyDim,
                valueDim,
                receipts.expect("states", 0),
                left);
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
                streams,
                heads,
                keyDim,
                valueDim,
                (float) config.scale(),
                receipts.expect("outputs", 0),
                left);
        graph.task(
                "keep",
                PoolKernels::keep,
                table,
                home.keys(),
                home.values(),
                home.states(),
                room.folds() * heads,
                PoolTable.movesAt(room.blocks(), room.tokens()),
                heads,
                keyDim,
                valueDim,
                receipts.expect("keep", 0),
                left);
        graph.task("seals", Seals::floats, q, k, v, o, keys(), values(), left);
        graph.transferToHost(DataTransferMode.EVERY_EXECUTION, o, left);
        return home.persist(graph);
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
            PoolWindow window, MemorySegment source, DType type, FloatArray target, int dim) {
        for (Window.Run run : window.runs()) {
            long from = run.source() * dim * type.bytes();
            long count = run.rows() * dim;
            HostRows.widen(
                    source.asSlice(from, count * type.bytes()),
                    type,
                    target.getSegment(),
                    run.staged() * dim,
                    count);
        }
    }

    /** Checks that everything ran, and copies o out. */
    void collect(PoolWindow window, AttentionProblem problem, MemorySegment output, int ticket) {
        receipts.check(ticket);
        Receipts.check("the copy of o", (int) o.get(values()), Seals.of(ticket));
        HostRows.out(
                window.runs(), o.getSegment(), output, config.valueDim(), problem.outputType());
    }
}
