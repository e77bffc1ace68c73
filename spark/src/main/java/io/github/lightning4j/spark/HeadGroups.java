package io.github.lightning4j.spark;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;

import java.io.Serializable;
import java.util.Arrays;

/**
 * How the heads of a state are divided among the tasks of a scan: heads are independent, so each
 * group of neighbours is scanned alone.
 *
 * @param heads H
 * @param matrix D·E
 * @param groups 1 … H
 */
record HeadGroups(int heads, int matrix, int groups) implements Serializable {
    static HeadGroups of(AttentionConfig config, int groups) {
        return new HeadGroups(
                config.heads(),
                config.keyDim() * config.valueDim(),
                Math.clamp(groups, 1, config.heads()));
    }

    /** The first head of a group; that of the group behind the last is H. */
    int from(int group) {
        return (int) ((long) heads * group / groups);
    }

    /** The matrices of a group of those of a state [1, H, D, E]. */
    float[] part(float[] all, int group) {
        return Arrays.copyOfRange(all, from(group) * matrix, from(group + 1) * matrix);
    }

    /** Puts the matrices of a group where they belong in a state [1, H, D, E]. */
    void put(Tensor state, int group, float[] part) {
        for (int i = 0; i < part.length; i++) {
            state.setDouble((long) from(group) * matrix + i, part[i]);
        }
    }

    /** The slopes of the heads of a group. */
    float[] slopes(AttentionConfig config, int group) {
        return Arrays.copyOfRange(config.slopes(), from(group), from(group + 1));
    }

    /** The matrices of a group as a tensor [1, heads of the group, D, E]. */
    Tensor tensor(AttentionConfig config, int group, float[] part) {
        return Tensor.ofFloats(
                part, 1, from(group + 1) - from(group), config.keyDim(), config.valueDim());
    }

    /** A state of zeros. */
    static Tensor zeros(AttentionConfig config) {
        return Tensor.allocate(DType.F32, 1, config.heads(), config.keyDim(), config.valueDim());
    }
}
