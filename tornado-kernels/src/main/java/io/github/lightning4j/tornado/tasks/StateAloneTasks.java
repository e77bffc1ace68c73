package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.tornado.kernels.KernelFamily;
import io.github.lightning4j.tornado.memory.DeviceArrays;

import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * The tasks that compute states alone, or their gradients alone, over float arrays that are on the
 * device, and their grids: the first tasks of a forward or a backward pass.
 *
 * <pre>
 *   task                  reads             writes
 *   features              x                 x                  where φ is not the identity
 *   chunkStates, scan     k, v, state       state              forwards
 *   gradientStates, …Scan q, dO, gradient   gradient           backwards
 * </pre>
 */
public final class StateAloneTasks {
    private final PassTables tables;
    private final StateTasks states;

    /** Allocates the tables, and the arrays between the inputs and the states. */
    public StateAloneTasks(StateKey key, KernelFamily family, DeviceArrays arrays) {
        tables = PassTables.allocate(key.pass(), family, arrays);
        states = new StateTasks(tables, key.direction(), false, arrays);
    }

    /** What the tasks share. */
    public PassTables tables() {
        return tables;
    }

    /** Adds the transfers of tables and scratch, before any task. */
    public void addTransfers(TaskGraph graph) {
        tables.addTransfers(graph);
        states.addTransfers(graph);
    }

    /**
     * Adds the tasks.
     *
     * @param x k; backwards, q
     * @param y v; backwards, dO
     * @param state [R, H, D, E], from initial to final; backwards, its gradient from final to
     *     initial
     */
    public void addTo(
            TaskGraph graph, TaskGrids grids, FloatArray x, FloatArray y, FloatArray state) {
        FeatureTask.of(tables).addInPlace(graph, grids, "features", x);
        states.addTo(graph, grids, x, y, state, false);
    }
}
