package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.tornado.kernels.FeatureKernels;
import io.github.lightning4j.tornado.kernels.Receipts;

import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** The task that replaces q or k by φ of it. */
public final class FeatureTask {
    private FeatureTask() {}

    /**
     * Adds it; nothing where φ is the identity.
     *
     * @param name the task's
     * @param x H rows of D for each token
     * @param receipt where among the {@link Receipts} it leaves its own
     */
    public static void addTo(
            TaskGraph graph,
            String name,
            PlanKey key,
            FloatArray x,
            IntArray table,
            IntArray receipts,
            int receipt) {
        FeatureMap map = key.config().featureMap();
        if (map != FeatureMap.IDENTITY) {
            graph.task(
                    name,
                    FeatureKernels::inPlace,
                    x,
                    key.rows() * key.config().keyDim(),
                    FeatureKernels.number(map),
                    table,
                    receipts,
                    receipt);
        }
    }
}
