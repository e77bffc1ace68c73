package io.github.lightning4j.cpu;

import io.github.lightning4j.conformance.BackendConformance;
import io.github.lightning4j.conformance.Effort;
import io.github.lightning4j.conformance.Topic;

import java.util.EnumSet;
import java.util.Set;

/** Laws with files, snapshots, parameters and refusals, in JVMs whose locale is another. */
class LawsUnderALocale extends BackendConformance {
    @Override
    protected String device() {
        return "cpu:scalar";
    }

    @Override
    public Effort effort() {
        return Effort.SMALL;
    }

    @Override
    public Set<Topic> topics() {
        return EnumSet.of(
                Topic.GOLDEN_FILES,
                Topic.HAND_VECTORS,
                Topic.EDGE_CASES,
                Topic.SNAPSHOTS,
                Topic.LIFECYCLE);
    }
}
