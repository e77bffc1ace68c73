package io.github.lightning4j.tornado;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.WorkerGrid2D;

/**
 * The grids of a graph's tasks, all with group sizes that divide them.
 *
 * <p>Loops marked {@code @Parallel} get grids on GPUs only. There they run in strides, right in any
 * grid, and TornadoVM's own choice, groups of 1024, asks for more registers than a GPU has for some
 * kernels; elsewhere TornadoVM cuts them for the device's processors.
 *
 * @param scheduler gets the grids
 * @param graph the graph's name
 * @param onGpu whether the device is a GPU
 */
record TaskGrids(GridScheduler scheduler, String graph, boolean onGpu) {
    /** Threads of a group of a loop. */
    private static final int LOOP_THREADS = 128;

    /** The same of two nested loops: along the inner one, whose neighbours are so in memory. */
    private static final int INNER_THREADS = 32;

    private static final int OUTER_THREADS = LOOP_THREADS / INNER_THREADS;

    /** Groups along the second dimension at most, on any GPU. */
    private static final int MAX_OUTER_GROUPS = 65_535;

    /** So many groups of so many threads. */
    void groups(String task, int groups, int threads) {
        WorkerGrid1D grid = new WorkerGrid1D(Math.multiplyExact(groups, threads));
        grid.setLocalWork(threads, 1, 1);
        add(task, grid);
    }

    /** A loop over so many elements. */
    void loop(String task, int elements) {
        if (onGpu) {
            groups(task, Math.ceilDiv(elements, LOOP_THREADS), LOOP_THREADS);
        }
    }

    /** Two loops, one in the other. */
    void loops(String task, int outer, int inner) {
        if (onGpu) {
            int outerGroups = Math.min(Math.ceilDiv(outer, OUTER_THREADS), MAX_OUTER_GROUPS);
            WorkerGrid2D grid =
                    new WorkerGrid2D(
                            Math.ceilDiv(inner, INNER_THREADS) * INNER_THREADS,
                            outerGroups * OUTER_THREADS);
            grid.setLocalWork(INNER_THREADS, OUTER_THREADS, 1);
            add(task, grid);
        }
    }

    private void add(String task, WorkerGrid grid) {
        scheduler.addWorkerGrid(graph + "." + task, grid);
    }
}
