package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.tornado.kernels.TensorTable;

/** What a plan on tensor cores is compiled for. */
public sealed interface TensorShape extends PlanShape permits TensorKey, TensorBackwardKey {
    /** Numbers of 16 bits in a long. */
    int PACKED = 4;

    /** What it has in common with a pass in tiles. */
    PlanKey pass();

    @Override
    default AttentionConfig config() {
        return pass().config();
    }

    /** Numbers before the first row of a tensor, and the seals after the last. */
    default long around() {
        return (TensorTable.FIRST + 1L) * PACKED;
    }

    /** Longs of a tensor with rows of {@code dim} numbers. */
    default int longs(int dim) {
        return Math.toIntExact(((long) pass().rows() * dim + around()) / PACKED);
    }
}
