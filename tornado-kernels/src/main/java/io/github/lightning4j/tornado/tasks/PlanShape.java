package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.tornado.kernels.KernelFamily;

/** What a plan is compiled for, and how large that makes it. */
public sealed interface PlanShape permits PlanKey, BackwardKey, PairKey {
    /** Heads, dimensions, slopes, scale, feature map, layout. */
    AttentionConfig config();

    /** Whether a plan of this shape does what one of another would, at little more cost. */
    boolean serves(PlanShape wanted);

    /**
     * The most elements of any of its arrays, or threads of a grid where those are more: neither
     * may be more than an int counts.
     */
    long largestExtent(KernelFamily family);

    /** Bytes on the device. */
    long bytes(KernelFamily family);
}
