package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.tornado.kernels.Direction;
import io.github.lightning4j.tornado.kernels.LoopKernels;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.kernels.Tile;
import io.github.lightning4j.tornado.kernels.TiledOutputs;
import io.github.lightning4j.tornado.kernels.TiledValueGradients;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * The tasks that compute rows from rows, states and scores, and their grids: o, and with other
 * operands dQ, dK and dV.
 *
 * @param tables of the pass
 * @param graph the graph to which they are added
 * @param grids gets the grids of the tasks
 */
record OutputTasks(PassTables tables, TaskGraph graph, TaskGrids grids) {
    /**
     * out(q, k, v, S, …).
     *
     * @param task its name
     * @param q what stands for queries
     * @param k for keys
     * @param v for values
     * @param o gets the rows
     * @param states the states before each chunk in the order of time, and that order
     * @param swapped whether rows of q have E elements and those of v D, and the states are Sᵀ
     */
    record Rows(
            String task,
            FloatArray q,
            FloatArray k,
            FloatArray v,
            FloatArray o,
            StateTasks states,
            boolean swapped) {
        private boolean isBackward() {
            return states.direction() == Direction.BACKWARD;
        }
    }

    private int keyDim(boolean swapped) {
        return swapped ? tables.key().config().valueDim() : tables.key().config().keyDim();
    }

    private int valueDim(boolean swapped) {
        return keyDim(!swapped);
    }

    private float scale() {
        return (float) tables.key().config().scale();
    }

    /** Loops: adds (Q Kᵀ) ⊙ A into {@code scores}; swapped, for rows of E elements. */
    void addScores(String task, FloatArray q, FloatArray k, FloatArray scores, boolean swapped) {
        graph.task(
                grids.name(task),
                LoopKernels::scores,
                tables.chunks(),
                q,
                k,
                tables.decay(),
                scores,
                tables.key().streams(),
                tables.key().config().heads(),
                keyDim(swapped),
                tables.receipt(task, 0),
                tables.receipts().left());
    }

    /** Loops: adds the rows, from scores that were computed before. */
    void addLoops(Rows rows, FloatArray scores) {
        graph.task(
                grids.name(rows.task),
                LoopKernels::outputs,
                tables.chunks(),
                rows.q,
                rows.v,
                tables.decay(),
                rows.states.local(),
                rows.states.carried(),
                scores,
                rows.o,
                tables.key().streams(),
                tables.key().config().heads(),
                keyDim(rows.swapped),
                valueDim(rows.swapped),
                rows.states.direction(),
                rows.swapped ? 1 : 0,
                rows.isBackward() ? 1f : scale(),
                scale(),
                tables.receipt(rows.task, 0),
                tables.receipts().left());
    }

    /**
     * Tiles: adds the rows. Swapped, the states are transposes.
     *
     * @param scores gets the scores where they are kept
     * @param kept whether they are
     * @param sealedRows rows of q, k, v and o, where a {@linkplain Seals seal} stands behind each;
     *     else 0
     */
    void addTiles(Rows rows, FloatArray scores, boolean kept, int sealedRows) {
        int valueDim = valueDim(rows.swapped);
        if (rows.isBackward()) {
            graph.task(
                    grids.name(rows.task),
                    TiledValueGradients::valueGradients,
                    new KernelContext(),
                    tables.chunks(),
                    rows.k,
                    rows.q,
                    rows.v,
                    tables.decay(),
                    rows.states.local(),
                    rows.states.carried(),
                    rows.o,
                    tables.key().config().heads(),
                    keyDim(rows.swapped),
                    valueDim,
                    scale(),
                    tables.receipt(rows.task, Tile.THREADS),
                    tables.receipts().left());
        } else {
            graph.task(
                    grids.name(rows.task),
                    TiledOutputs::outputs,
                    new KernelContext(),
                    tables.chunks(),
                    rows.q,
                    rows.k,
                    rows.v,
                    tables.decay(),
                    rows.states.local(),
                    rows.states.carried(),
                    rows.o,
                    scores,
                    kept ? 1 : 0,
                    sealedRows,
                    tables.key().config().heads(),
                    keyDim(rows.swapped),
                    valueDim,
                    scale(),
                    tables.receipt(rows.task, Tile.THREADS),
                    tables.receipts().left());
        }
        addGrid(rows.task, valueDim);
    }

    /** Adds the grid of a task with a group for each chunk of a head and each tile of columns. */
    void addGrid(String task, int columnDim) {
        int tiles = Tile.tiles(columnDim, Tile.columns(columnDim));
        grids.groups(task, tables.key().streams() * tiles, Tile.THREADS);
    }
}
