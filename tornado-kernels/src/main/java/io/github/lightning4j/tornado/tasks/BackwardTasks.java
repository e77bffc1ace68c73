package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.tornado.kernels.ChunkTable;
import io.github.lightning4j.tornado.kernels.Direction;
import io.github.lightning4j.tornado.kernels.KernelFamily;
import io.github.lightning4j.tornado.kernels.Tile;
import io.github.lightning4j.tornado.kernels.TiledKeyGradients;
import io.github.lightning4j.tornado.memory.DeviceArrays;
import io.github.lightning4j.tornado.tasks.OutputTasks.Rows;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * The tasks of a backward pass over float arrays that are on the device, and their grids: those of
 * a forward pass, with time reversed where a gradient comes from later tokens. S is the state
 * before a chunk, G the gradient of the state after it.
 *
 * <pre>
 *   task                   reads                writes
 *   featuresQ, K           q, k                 φ(q), φ(k)    where φ is not the identity
 *   chunkStates, scan      k, v, state          S, state      tiles: Sᵀ instead
 *   gradientStates, …Scan  q, dO, gradient      G, gradient
 *   scores                 q, k                 (Q Kᵀ) ⊙ A    loops only
 *   scoreGradients         dO, v                P             loops only
 *   queryGradients         dO, (v,) k, S, (P)   dq, (P)       tiles: P comes from here
 *   keyGradients           q, v, G, P           dk
 *   valueGradients         q, k, dO, G          dv
 *   chainQ, K              q, k, dq, dk         dq, dk        where φ is not the identity
 * </pre>
 */
public final class BackwardTasks {
    private final PassTables tables;
    private final StateTasks states;
    private final StateTasks gradients;
    private final FloatArray scoreGradients;
    private final @Nullable FloatArray scores;
    private final @Nullable Features features;

    /** φ(q) and φ(k). */
    private record Features(FloatArray q, FloatArray k) {}

    /** Allocates the arrays between the inputs and the gradients. */
    public BackwardTasks(PlanKey key, KernelFamily family, DeviceArrays arrays) {
        tables = PassTables.allocate(key, family, arrays);
        states = new StateTasks(tables, Direction.FORWARD, tables.isTiled(), arrays);
        gradients = new StateTasks(tables, Direction.BACKWARD, false, arrays);
        int square = Math.toIntExact(key.streams() * ChunkTable.SCORES);
        scoreGradients = arrays.floats(square);
        scores = tables.isTiled() ? null : arrays.floats(square);
        int keys = FeatureTask.of(tables).size();
        features =
                key.config().featureMap() == FeatureMap.IDENTITY
                        ? null
                        : new Features(arrays.floats(keys), arrays.floats(keys));
    }

    /** What the tasks share. */
    public PassTables tables() {
        return tables;
    }

    /** Adds the transfers of tables and scratch, before any task. */
    public void addTransfers(TaskGraph graph) {
        tables.addTransfers(graph);
        states.addTransfers(graph);
        gradients.addTransfers(graph);
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, scoreGradients);
        if (scores != null) {
            graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, scores);
        }
        if (features != null) {
            graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, features.q(), features.k());
        }
    }

    /**
     * The inputs of a backward pass, on the device.
     *
     * @param q queries, H rows of D for each token
     * @param k keys
     * @param v values, H rows of E for each token
     * @param dO the gradients of the outputs
     * @param state [R, H, D, E], the initial states, which are overwritten
     */
    public record Inputs(
            FloatArray q, FloatArray k, FloatArray v, FloatArray dO, FloatArray state) {}

    /**
     * The results of a backward pass, on the device.
     *
     * @param dq gradients of the queries, H rows of D for each token
     * @param dk of the keys
     * @param dv of the values, H rows of E for each token
     * @param gradient [R, H, D, E], those of the final states; afterwards those of the initial ones
     */
    public record Outputs(FloatArray dq, FloatArray dk, FloatArray dv, FloatArray gradient) {}

    /**
     * Adds the tasks.
     *
     * @param graph the graph to which they are added
     * @param grids gets the grids of the tasks
     */
    public void addTo(TaskGraph graph, TaskGrids grids, Inputs raw, Outputs out) {
        FeatureTask phi = FeatureTask.of(tables);
        Inputs in = raw;
        if (features != null) {
            in = new Inputs(features.q(), features.k(), raw.v(), raw.dO(), raw.state());
            phi.add(graph, grids, "featuresQ", raw.q(), in.q());
            phi.add(graph, grids, "featuresK", raw.k(), in.k());
        }
        states.addTo(graph, grids, in.k(), in.v(), in.state(), false);
        gradients.addTo(graph, grids, in.q(), in.dO(), out.gradient(), false);
        Rows dq = new Rows("queryGradients", in.dO(), in.v(), in.k(), out.dq(), states, true);
        Rows dk = new Rows("keyGradients", in.v(), in.dO(), in.q(), out.dk(), gradients, true);
        Rows dv = new Rows("valueGradients", in.k(), in.q(), in.dO(), out.dv(), gradients, false);
        OutputTasks outputs = new OutputTasks(tables, graph, grids);
        if (scores == null) {
            outputs.addTiles(dq, scoreGradients, true, 0);
            addTiledKeyGradients(graph, grids, dk);
            outputs.addGrid(dk.task(), tables.key().config().keyDim());
            outputs.addTiles(dv, scoreGradients, false, 0);
        } else {
            outputs.addScores("scores", in.q(), in.k(), scores, false);
            outputs.addScores("scoreGradients", in.dO(), in.v(), scoreGradients, true);
            outputs.addLoops(dq, scoreGradients);
            outputs.addLoops(dk, scoreGradients);
            outputs.addLoops(dv, scores);
        }
        phi.addChain(graph, grids, "chainQ", raw.q(), out.dq());
        phi.addChain(graph, grids, "chainK", raw.k(), out.dk());
    }

    /** Adds dK, from the P that dQ left. */
    private void addTiledKeyGradients(TaskGraph graph, TaskGrids grids, Rows dk) {
        graph.task(
                grids.name(dk.task()),
                TiledKeyGradients::keyGradients,
                new KernelContext(),
                tables.chunks(),
                dk.v(),
                dk.q(),
                tables.decay(),
                scoreGradients,
                gradients.local(),
                gradients.carried(),
                dk.o(),
                tables.key().config().heads(),
                tables.key().config().keyDim(),
                tables.key().config().valueDim(),
                (float) tables.key().config().scale(),
                tables.receipt(dk.task(), Tile.THREADS),
                tables.receipts().left());
    }
}
