package io.github.lightning4j.cpu;

import io.github.lightning4j.conformance.BackendConformance;
import io.github.lightning4j.conformance.Effort;
import io.github.lightning4j.conformance.Topic;

import java.util.EnumSet;
import java.util.Set;

/**
 * Vectors of a width that is not the widest: shapes and values, since the widest and plain loops
 * pass the rest, and where such a width is the widest it does.
 */
abstract class FurtherWidth extends BackendConformance {
    @Override
    public Effort effort() {
        return Effort.FURTHER;
    }

    @Override
    public Set<Topic> topics() {
        return EnumSet.of(
                Topic.GOLDEN_FILES, Topic.RANDOM_SHAPES, Topic.EDGE_CASES, Topic.GRADIENTS);
    }
}
