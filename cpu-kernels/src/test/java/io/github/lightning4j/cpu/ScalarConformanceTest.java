package io.github.lightning4j.cpu;

import io.github.lightning4j.conformance.Effort;

/** Plain loops, which run everywhere; with other digits. */
class ScalarConformanceTest extends ConformanceUnderALocale {
    ScalarConformanceTest() {
        super("ar-EG");
    }

    @Override
    protected String device() {
        return "cpu:scalar";
    }

    @Override
    public Effort effort() {
        return Effort.FURTHER;
    }
}
