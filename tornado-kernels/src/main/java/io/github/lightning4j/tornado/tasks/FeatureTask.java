package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.tornado.kernels.FeatureKernels;
import io.github.lightning4j.tornado.kernels.Receipts;

import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The tasks of the feature map φ over rows of q or k; there are none where it is the identity.
 *
 * @param key what they are compiled for
 * @param table has the ticket of a run
 * @param receipts of the pass
 */
public record FeatureTask(PlanKey key, IntArray table, Receipts receipts) {
    /** The tasks of a pass. */
    static FeatureTask of(PassTables tables) {
        return new FeatureTask(tables.key(), tables.chunks(), tables.receipts());
    }

    private boolean isIdentity() {
        return key.config().featureMap() == FeatureMap.IDENTITY;
    }

    private int number() {
        return FeatureKernels.number(key.config().featureMap());
    }

    /** Elements of q or k. */
    int size() {
        return key.rows() * key.config().keyDim();
    }

    /** Adds the task that replaces x by φ(x). */
    public void addInPlace(TaskGraph graph, TaskGrids grids, String task, FloatArray x) {
        if (!isIdentity()) {
            graph.task(
                    grids.name(task),
                    FeatureKernels::inPlace,
                    x,
                    size(),
                    number(),
                    table,
                    receipts.left(),
                    receipts.expect(task, 0));
        }
    }

    /** Adds the task that puts φ(x) into y. */
    void add(TaskGraph graph, TaskGrids grids, String task, FloatArray x, FloatArray y) {
        graph.task(
                grids.name(task),
                FeatureKernels::features,
                x,
                y,
                size(),
                number(),
                table,
                receipts.left(),
                receipts.expect(task, 0));
    }

    /** Adds the task that makes the gradient of φ(x) one of x. */
    void addChain(TaskGraph graph, TaskGrids grids, String task, FloatArray x, FloatArray dx) {
        if (!isIdentity()) {
            graph.task(
                    grids.name(task),
                    FeatureKernels::chain,
                    x,
                    dx,
                    size(),
                    number(),
                    table,
                    receipts.left(),
                    receipts.expect(task, 0));
        }
    }
}
