package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.tornado.kernels.DecayTable;
import io.github.lightning4j.tornado.kernels.KernelFamily;
import io.github.lightning4j.tornado.kernels.LoopKernels;
import io.github.lightning4j.tornado.kernels.Receipts;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.kernels.Tile;
import io.github.lightning4j.tornado.kernels.TiledOutputs;
import io.github.lightning4j.tornado.memory.DeviceArrays;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The tasks of a forward pass over float arrays that are on the device, and their grids.
 *
 * <pre>
 *   task            reads                              writes
 *   featuresQ, K    q, k                               q, k             where φ is not the identity
 *   chunkStates     k, v                               local, carried   states within segments
 *   scan            carried, state                     carried, state   S before segments; final S
 *   scores          q, k                               scores           loops only
 *   outputs         q, k, v, local, carried (, scores) o
 * </pre>
 */
public final class ForwardTasks {
    private final PlanKey key;
    private final KernelFamily family;
    private final IntArray table;
    private final IntArray receipts;
    private final int decaySeal;
    private final FloatArray decay;
    private final StateTasks states;
    private final FloatArray scores;

    /** Allocates what lies between q, k, v and o. */
    public ForwardTasks(PlanKey key, KernelFamily family, DeviceArrays arrays) {
        this.key = key;
        this.family = family;
        table = arrays.ints(key.tableSize());
        receipts = arrays.ints(Receipts.COUNT);
        decaySeal = Seals.next();
        decay = arrays.sealed(DecayTable.of(key.config().slopes()), decaySeal);
        states = new StateTasks(key, family, arrays, table, receipts, decay);
        scores =
                arrays.floats(
                        Math.max(1, Math.toIntExact(key.streams() * family.scratchPerStream())));
    }

    /** Lengths and places of the next run. */
    public IntArray table() {
        return table;
    }

    /** What the last run left. */
    public IntArray receipts() {
        return receipts;
    }

    /** The powers of λ. */
    public FloatArray decay() {
        return decay;
    }

    /** The {@linkplain Seals seal} behind them. */
    public int decaySeal() {
        return decaySeal;
    }

    /** Adds the transfers of the tables, before any task. */
    public void addTransfers(TaskGraph graph) {
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, decay, receipts);
        states.addTransfers(graph);
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, scores);
        graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, table);
    }

    /**
     * Adds the tasks.
     *
     * @param graph where to
     * @param grids gets the grids of the tasks
     * @param q queries, H rows of D for each token
     * @param k keys
     * @param v values, H rows of E for each token
     * @param o outputs
     * @param state [R, H, D, E], from initial to final
     * @param sealed whether {@linkplain Seals seals} stand behind q, k, v and o; tiled only
     * @param stateSealed whether one stands behind the states
     */
    public void addTo(
            TaskGraph graph,
            TaskGrids grids,
            FloatArray q,
            FloatArray k,
            FloatArray v,
            FloatArray o,
            FloatArray state,
            boolean sealed,
            boolean stateSealed) {
        addFeatures(graph, grids.name("featuresQ"), q, Receipts.FEATURES_Q);
        addFeatures(graph, grids.name("featuresK"), k, Receipts.FEATURES_K);
        states.addStates(graph, grids, k, v, state, stateSealed);
        if (family == KernelFamily.TILED) {
            addTiled(graph, grids, q, k, v, o, sealed ? key.rows() : 0);
        } else {
            addLoops(graph, grids, q, k, v, o);
        }
    }

    private void addFeatures(TaskGraph graph, String task, FloatArray x, int receipt) {
        FeatureTask.addTo(graph, task, key, x, table, receipts, receipt);
    }

    private void addLoops(
            TaskGraph graph,
            TaskGrids grids,
            FloatArray q,
            FloatArray k,
            FloatArray v,
            FloatArray o) {
        int heads = key.config().heads();
        int keyDim = key.config().keyDim();
        graph.task(
                grids.name("scores"),
                LoopKernels::scores,
                table,
                q,
                k,
                decay,
                scores,
                key.streams(),
                heads,
                keyDim,
                receipts);
        graph.task(
                grids.name("outputs"),
                LoopKernels::outputs,
                table,
                q,
                v,
                decay,
                states.local(),
                states.carried(),
                scores,
                o,
                key.streams(),
                heads,
                keyDim,
                key.config().valueDim(),
                (float) key.config().scale(),
                receipts);
    }

    private void addTiled(
            TaskGraph graph,
            TaskGrids grids,
            FloatArray q,
            FloatArray k,
            FloatArray v,
            FloatArray o,
            int sealedRows) {
        int valueDim = key.config().valueDim();
        int columns = Tile.columns(valueDim);
        graph.task(
                grids.name("outputs"),
                TiledOutputs::outputs,
                new KernelContext(),
                table,
                q,
                k,
                v,
                decay,
                states.local(),
                states.carried(),
                o,
                scores,
                0,
                sealedRows,
                key.config().heads(),
                key.config().keyDim(),
                valueDim,
                columns,
                (float) key.config().scale(),
                receipts);
        int groups = key.streams() * Tile.tiles(valueDim, columns);
        grids.groups("outputs", groups, Tile.THREADS);
    }

    /** What each receipt must say after a run with this ticket. */
    public int[] expectedReceipts(int ticket) {
        int[] expected = new int[Receipts.COUNT];
        boolean tiled = family == KernelFamily.TILED;
        states.expectStates(expected, ticket);
        expected[Receipts.SEAL_DECAY] = decaySeal;
        expected[Receipts.OUTPUTS] = ticket + (tiled ? Tile.THREADS : 0);
        expected[Receipts.SCORES] = tiled ? 0 : ticket;
        if (key.config().featureMap() != FeatureMap.IDENTITY) {
            expected[Receipts.FEATURES_Q] = ticket;
            expected[Receipts.FEATURES_K] = ticket;
        }
        return expected;
    }
}
