package io.github.lightning4j.tornado;

import io.github.lightning4j.AttentionConfig;

/** What a plan is compiled for, and how large that makes it. */
sealed interface PlanShape permits PlanKey, BackwardKey {
    /** Heads, dimensions, slopes, scale, feature map, layout. */
    AttentionConfig config();

    /** The most elements of any of its arrays. */
    long largestArray(Family family);

    /** Bytes on the device. */
    long bytes(Family family);
}
