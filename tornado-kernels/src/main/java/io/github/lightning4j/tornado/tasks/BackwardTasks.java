package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.tornado.kernels.ChunkTable;
import io.github.lightning4j.tornado.kernels.DecayTable;
import io.github.lightning4j.tornado.kernels.FeatureKernels;
import io.github.lightning4j.tornado.kernels.KernelFamily;
import io.github.lightning4j.tornado.kernels.LoopBackwardKernels;
import io.github.lightning4j.tornado.kernels.LoopKernels;
import io.github.lightning4j.tornado.kernels.Receipts;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.kernels.Tile;
import io.github.lightning4j.tornado.kernels.TiledKeyGradients;
import io.github.lightning4j.tornado.kernels.TiledOutputs;
import io.github.lightning4j.tornado.kernels.TiledValueGradients;
import io.github.lightning4j.tornado.memory.DeviceArrays;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The tasks of a backward pass over float arrays that are on the device, and their grids. All but
 * the last stand in {@link StateTasks} too, twice: S is the state before a chunk, G the gradient of
 * the state after it.
 *
 * <pre>
 *   task                   reads                writes
 *   featuresQ, K           q, k                 φ(q), φ(k)    where φ is not the identity
 *   chunkStates, scan      k, v, state          S, state
 *   gradientStates, …Scan  q, dO, gradient      G, gradient
 *   scores                 q, k                 (Q Kᵀ) ⊙ A    loops only
 *   scoreGradients         dO, v                P             loops only
 *   queryGradients         dO, (v,) k, S, (P)   dq, (P)       tiles: with Sᵀ, and P comes from here
 *   keyGradients           q, v, G, P           dk
 *   valueGradients         q, k, dO, G          dv
 *   chainQ, K              q, k, dq, dk         dq, dk        where φ is not the identity
 * </pre>
 */
public final class BackwardTasks {
    private final PlanKey key;
    private final KernelFamily family;
    private final IntArray table;
    private final IntArray receipts;
    private final int decaySeal;
    private final FloatArray decay;
    private final StateTasks states;
    private final StateTasks gradients;
    private final FloatArray scoreGradients;
    private final @Nullable FloatArray scores;
    private final @Nullable Features features;

    /** φ(q) and φ(k). */
    private record Features(FloatArray q, FloatArray k) {}

    /** Allocates what lies between what comes in and the gradients. */
    public BackwardTasks(PlanKey key, KernelFamily family, DeviceArrays arrays) {
        this.key = key;
        this.family = family;
        table = arrays.ints(key.tableSize());
        receipts = arrays.ints(Receipts.COUNT);
        decaySeal = Seals.next();
        decay = arrays.sealed(DecayTable.of(key.config().slopes()), decaySeal);
        states = new StateTasks(key, family, arrays, table, receipts, decay);
        gradients = new StateTasks(key, family, arrays, table, receipts, decay);
        int square = Math.toIntExact(key.streams() * ChunkTable.SCORES);
        scoreGradients = arrays.floats(square);
        scores = family == KernelFamily.LOOPS ? arrays.floats(square) : null;
        features =
                key.config().featureMap() == FeatureMap.IDENTITY
                        ? null
                        : new Features(arrays.floats(keys()), arrays.floats(keys()));
    }

    private int keys() {
        return key.rows() * key.config().keyDim();
    }

    /** Lengths and places of the next run. */
    public IntArray table() {
        return table;
    }

    /** What the last run left. */
    public IntArray receipts() {
        return receipts;
    }

    /** Adds the transfers of tables and scratch, before any task. */
    public void addTransfers(TaskGraph graph) {
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, decay, receipts);
        states.addTransfers(graph);
        gradients.addTransfers(graph);
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, scoreGradients);
        if (scores != null) {
            graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, scores);
        }
        if (features != null) {
            graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, features.q(), features.k());
        }
        graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, table);
    }

    /**
     * What a backward pass reads, on the device.
     *
     * @param q queries, H rows of D for each token
     * @param k keys
     * @param v values, H rows of E for each token
     * @param dO the gradients of the outputs
     * @param state [R, H, D, E], the initial states; not kept
     */
    public record Inputs(
            FloatArray q, FloatArray k, FloatArray v, FloatArray dO, FloatArray state) {}

    /**
     * What it writes.
     *
     * @param dq gradients of the queries, H rows of D for each token
     * @param dk of the keys
     * @param dv of the values, H rows of E for each token
     * @param gradient [R, H, D, E], of the final states; of the initial ones afterwards
     */
    public record Outputs(FloatArray dq, FloatArray dk, FloatArray dv, FloatArray gradient) {}

    /**
     * Adds the tasks.
     *
     * @param graph where to
     * @param grids gets the grids of the tasks
     */
    public void addTo(TaskGraph graph, TaskGrids grids, Inputs raw, Outputs out) {
        Inputs in = raw;
        int map = FeatureKernels.number(key.config().featureMap());
        if (features != null) {
            in = new Inputs(features.q(), features.k(), raw.v(), raw.dO(), raw.state());
            features(graph, grids, "featuresQ", raw.q(), in.q(), map, Receipts.FEATURES_Q);
            features(graph, grids, "featuresK", raw.k(), in.k(), map, Receipts.FEATURES_K);
        }
        if (scores == null) {
            states.addTransposedStates(graph, grids, in.k(), in.v(), in.state());
        } else {
            states.addStates(graph, grids, in.k(), in.v(), in.state(), false);
        }
        gradients.addGradients(graph, grids, in.q(), in.dO(), out.gradient());
        if (scores == null) {
            addTiled(graph, grids, in, out);
        } else {
            addLoops(graph, grids, in, out, scores);
        }
        if (features != null) {
            chain(graph, grids, "chainQ", raw.q(), out.dq(), map, Receipts.CHAIN_Q);
            chain(graph, grids, "chainK", raw.k(), out.dk(), map, Receipts.CHAIN_K);
        }
    }

    private void features(
            TaskGraph graph,
            TaskGrids grids,
            String task,
            FloatArray x,
            FloatArray y,
            int map,
            int receipt) {
        graph.task(
                grids.name(task),
                FeatureKernels::features,
                x,
                y,
                keys(),
                map,
                table,
                receipts,
                receipt);
    }

    private void chain(
            TaskGraph graph,
            TaskGrids grids,
            String task,
            FloatArray x,
            FloatArray dx,
            int map,
            int receipt) {
        graph.task(
                grids.name(task),
                FeatureKernels::chain,
                x,
                dx,
                keys(),
                map,
                table,
                receipts,
                receipt);
    }

    private void addLoops(
            TaskGraph graph, TaskGrids grids, Inputs in, Outputs out, FloatArray scores) {
        int heads = key.config().heads();
        int keyDim = key.config().keyDim();
        int valueDim = key.config().valueDim();
        float scale = (float) key.config().scale();
        int streams = key.streams();
        graph.task(
                grids.name("scores"),
                LoopKernels::scores,
                table,
                in.q(),
                in.k(),
                decay,
                scores,
                streams,
                heads,
                keyDim,
                receipts);
        graph.task(
                grids.name("scoreGradients"),
                LoopBackwardKernels::scoreGradients,
                table,
                in.v(),
                in.dO(),
                decay,
                scoreGradients,
                streams,
                heads,
                valueDim,
                scale,
                receipts);
        graph.task(
                grids.name("queryGradients"),
                LoopBackwardKernels::queryGradients,
                table,
                in.k(),
                in.dO(),
                decay,
                states.local(),
                states.carried(),
                scoreGradients,
                out.dq(),
                streams,
                heads,
                keyDim,
                valueDim,
                scale,
                receipts);
        graph.task(
                grids.name("keyGradients"),
                LoopBackwardKernels::keyGradients,
                table,
                in.q(),
                in.v(),
                decay,
                gradients.local(),
                gradients.carried(),
                scoreGradients,
                out.dk(),
                streams,
                heads,
                keyDim,
                valueDim,
                receipts);
        graph.task(
                grids.name("valueGradients"),
                LoopBackwardKernels::valueGradients,
                table,
                in.k(),
                in.dO(),
                decay,
                gradients.local(),
                gradients.carried(),
                scores,
                out.dv(),
                streams,
                heads,
                keyDim,
                valueDim,
                scale,
                receipts);
    }

    private void addTiled(TaskGraph graph, TaskGrids grids, Inputs in, Outputs out) {
        KernelContext context = new KernelContext();
        int heads = key.config().heads();
        int keyDim = key.config().keyDim();
        int valueDim = key.config().valueDim();
        float scale = (float) key.config().scale();
        int keyColumns = Tile.columns(keyDim);
        int keyTiles = Tile.tiles(keyDim, keyColumns);
        graph.task(
                grids.name("queryGradients"),
                TiledOutputs::outputs,
                context,
                table,
                in.dO(),
                in.v(),
                in.k(),
                decay,
                states.local(),
                states.carried(),
                out.dq(),
                scoreGradients,
                1,
                0,
                heads,
                valueDim,
                keyDim,
                keyColumns,
                scale,
                receipts);
        grid(grids, "queryGradients", keyTiles);
        graph.task(
                grids.name("keyGradients"),
                TiledKeyGradients::keyGradients,
                context,
                table,
                in.q(),
                in.v(),
                decay,
                scoreGradients,
                gradients.local(),
                gradients.carried(),
                out.dk(),
                heads,
                keyDim,
                valueDim,
                keyColumns,
                scale,
                receipts);
        grid(grids, "keyGradients", keyTiles);
        int valueColumns = Tile.columns(valueDim);
        graph.task(
                grids.name("valueGradients"),
                TiledValueGradients::valueGradients,
                context,
                table,
                in.q(),
                in.k(),
                in.dO(),
                decay,
                gradients.local(),
                gradients.carried(),
                out.dv(),
                heads,
                keyDim,
                valueDim,
                valueColumns,
                scale,
                receipts);
        grid(grids, "valueGradients", Tile.tiles(valueDim, valueColumns));
    }

    private void grid(TaskGrids grids, String task, int tiles) {
        grids.groups(task, key.streams() * tiles, Tile.THREADS);
    }

    /** What each receipt must say after a run with this ticket. */
    public int[] expectedReceipts(int ticket) {
        int[] expected = new int[Receipts.COUNT];
        states.expectStates(expected, ticket);
        expected[Receipts.SEAL_DECAY] = decaySeal;
        gradients.expectGradients(expected, ticket);
        if (scores != null) {
            expected[Receipts.SCORES] = ticket;
            expected[Receipts.SCORE_GRADIENTS] = ticket;
            expected[Receipts.QUERY_GRADIENTS] = ticket;
        }
        int threads = family == KernelFamily.TILED ? Tile.THREADS : 0;
        if (family == KernelFamily.TILED) {
            expected[Receipts.OUTPUTS] = ticket + threads;
        }
        expected[Receipts.KEY_GRADIENTS] = ticket + threads;
        expected[Receipts.VALUE_GRADIENTS] = ticket + threads;
        if (features != null) {
            expected[Receipts.FEATURES_Q] = ticket;
            expected[Receipts.FEATURES_K] = ticket;
            expected[Receipts.CHAIN_Q] = ticket;
            expected[Receipts.CHAIN_K] = ticket;
        }
        return expected;
    }
}
