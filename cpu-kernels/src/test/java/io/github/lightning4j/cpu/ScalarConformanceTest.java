package io.github.lightning4j.cpu;

import io.github.lightning4j.conformance.BackendConformance;
import io.github.lightning4j.conformance.Effort;

/** Plain loops, which run everywhere. */
class ScalarConformanceTest extends BackendConformance {
    @Override
    protected String device() {
        return "cpu:scalar";
    }

    @Override
    public Effort effort() {
        return Effort.FURTHER;
    }
}
