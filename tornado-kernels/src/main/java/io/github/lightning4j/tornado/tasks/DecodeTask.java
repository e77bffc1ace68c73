package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.tornado.kernels.DecayTable;
import io.github.lightning4j.tornado.kernels.DecodeKernels;
import io.github.lightning4j.tornado.kernels.FeatureKernels;
import io.github.lightning4j.tornado.kernels.KernelFamily;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The task that advances every sequence of a plan by one token, and its grid.
 *
 * @param key what it is compiled for
 * @param family which kernels
 */
public record DecodeTask(PlanKey key, KernelFamily family) {
    /** R · H. */
    public int streams() {
        return key.sequences() * key.config().heads();
    }

    /** Floats of q, k and v. */
    public int inputs() {
        AttentionConfig config = key.config();
        return Math.multiplyExact(streams(), 2 * config.keyDim() + config.valueDim());
    }

    /** Floats of o. */
    public int outputs() {
        return streams() * key.config().valueDim();
    }

    /**
     * Adds the task.
     *
     * @param decay the {@link DecayTable}
     * @param in q [R, H, D], k [R, H, D] and v [R, H, E]
     * @param out o [R, H, E]
     * @param state [R, H, D, E]
     * @param slots [R] which of them is that of each row; −1: none
     * @param receipts gets what a step leaves; see {@link DecodeKernels}
     */
    public void addTo(
            TaskGraph graph,
            TaskGrids grids,
            FloatArray decay,
            FloatArray in,
            FloatArray out,
            FloatArray state,
            IntArray slots,
            IntArray receipts) {
        AttentionConfig config = key.config();
        int featureMap = FeatureKernels.number(config.featureMap());
        float scale = (float) config.scale();
        if (family == KernelFamily.TILED) {
            graph.task(
                    grids.name("decode"),
                    DecodeKernels::tiled,
                    new KernelContext(),
                    in,
                    decay,
                    state,
                    out,
                    receipts,
                    streams(),
                    config.heads(),
                    config.keyDim(),
                    config.valueDim(),
                    featureMap,
                    scale,
                    slots);
            int tiles = Math.ceilDiv(config.valueDim(), DecodeKernels.COLUMNS);
            grids.groups("decode", streams() * tiles, DecodeKernels.THREADS);
        } else {
            graph.task(
                    grids.name("decode"),
                    DecodeKernels::loops,
                    in,
                    decay,
                    state,
                    out,
                    receipts,
                    streams(),
                    config.heads(),
                    config.keyDim(),
                    config.valueDim(),
                    featureMap,
                    scale,
                    slots);
        }
    }
}
