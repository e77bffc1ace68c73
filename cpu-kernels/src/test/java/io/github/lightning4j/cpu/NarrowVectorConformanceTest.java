package io.github.lightning4j.cpu;

import io.github.lightning4j.conformance.BackendConformance;
import io.github.lightning4j.conformance.Effort;

/** The narrowest vectors of this processor: other tiles, other tails. */
class NarrowVectorConformanceTest extends BackendConformance {
    @Override
    protected String device() {
        return "cpu:vector128";
    }

    @Override
    public Effort effort() {
        return Effort.FURTHER;
    }
}
