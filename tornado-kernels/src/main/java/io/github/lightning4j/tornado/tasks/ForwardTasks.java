package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.tornado.kernels.Direction;
import io.github.lightning4j.tornado.kernels.KernelFamily;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.memory.DeviceArrays;

import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

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
    private final PassTables tables;
    private final StateTasks states;
    private final FloatArray scores;

    /** Allocates the arrays between q, k, v and o. */
    public ForwardTasks(PlanKey key, KernelFamily family, DeviceArrays arrays) {
        tables = PassTables.allocate(key, family, arrays);
        states = new StateTasks(tables, Direction.FORWARD, false, arrays);
        scores =
                arrays.floats(
                        Math.max(1, Math.toIntExact(key.streams() * family.scratchPerStream())));
    }

    /** What the tasks share. */
    public PassTables tables() {
        return tables;
    }

    /** Adds the transfers of the tables, before any task. */
    public void addTransfers(TaskGraph graph) {
        tables.addTransfers(graph);
        states.addTransfers(graph);
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, scores);
    }

    /**
     * The inputs and results of a forward pass, on the device.
     *
     * @param q queries, H rows of D for each token
     * @param k keys
     * @param v values, H rows of E for each token
     * @param o outputs
     * @param state [R, H, D, E], the initial states; afterwards the final ones
     */
    public record Arrays(
            FloatArray q, FloatArray k, FloatArray v, FloatArray o, FloatArray state) {}

    /**
     * Adds the tasks.
     *
     * @param graph the graph to which they are added
     * @param grids gets the grids of the tasks
     * @param sealed whether there are {@linkplain Seals seals} behind q, k, v and o, which the
     *     tasks report and set; tiled only
     * @param stateSealed whether there is one behind the states
     */
    public void addTo(
            TaskGraph graph, TaskGrids grids, Arrays arrays, boolean sealed, boolean stateSealed) {
        FeatureTask features = FeatureTask.of(tables);
        features.addInPlace(graph, grids, "featuresQ", arrays.q);
        features.addInPlace(graph, grids, "featuresK", arrays.k);
        states.addTo(graph, grids, arrays.k, arrays.v, arrays.state, stateSealed);
        OutputTasks outputs = new OutputTasks(tables, graph, grids);
        OutputTasks.Rows o =
                new OutputTasks.Rows(
                        "outputs", arrays.q, arrays.k, arrays.v, arrays.o, states, false);
        if (tables.isTiled()) {
            outputs.addTiles(o, scores, false, sealed ? tables.key().rows() : 0);
        } else {
            outputs.addScores("scores", arrays.q, arrays.k, scores, false);
            outputs.addLoops(o, scores);
        }
    }
}
