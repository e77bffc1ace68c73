package io.github.lightning4j.cpu;

import io.github.lightning4j.conformance.BackendConformance;
import io.github.lightning4j.conformance.Effort;
import io.github.lightning4j.conformance.Topic;

import java.util.EnumSet;
import java.util.Set;

/** Vectors of a width that is not the widest: what does not depend on it is not tried again. */
abstract class FurtherWidth extends BackendConformance {
    @Override
    public Effort effort() {
        return Effort.FURTHER;
    }

    @Override
    public Set<Topic> topics() {
        Set<Topic> topics = EnumSet.copyOf(super.topics());
        topics.removeAll(
                EnumSet.of(
                        Topic.SNAPSHOTS,
                        Topic.POOLS,
                        Topic.LONG_DECODE,
                        Topic.THREADS,
                        Topic.LIFECYCLE));
        return topics;
    }
}
