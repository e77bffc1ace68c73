package io.github.lightning4j.cpu;

import io.github.lightning4j.conformance.BackendConformance;

/** The widest vectors of this processor. */
class VectorConformanceTest extends BackendConformance {
    @Override
    protected String device() {
        return "cpu:vector";
    }
}
