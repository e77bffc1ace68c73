package io.github.lightning4j.cpu;

import io.github.lightning4j.conformance.BackendConformance;

/** Plain loops, which run everywhere. */
class ScalarConformanceTest extends BackendConformance {
    @Override
    protected String device() {
        return "cpu:scalar";
    }
}
