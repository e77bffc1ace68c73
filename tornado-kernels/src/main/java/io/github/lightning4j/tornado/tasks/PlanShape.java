package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.tornado.kernels.KernelFamily;

/** What a plan is compiled for, and how large it is. */
public sealed interface PlanShape
        permits PlanKey, TensorShape, BackwardKey, PairKey, StateKey, PoolShape {
    /** Heads, dimensions, slopes, scale, feature map, layout. */
    AttentionConfig config();

    /** Whether a plan of this shape does the work of one of another shape at little more cost. */
    boolean serves(PlanShape wanted);

    /**
     * The elements of its largest array, or the threads of its largest grid if those are more:
     * neither may exceed an int.
     */
    long largestExtent(KernelFamily family);

    /** Bytes on the device. */
    long bytes(KernelFamily family);
}
