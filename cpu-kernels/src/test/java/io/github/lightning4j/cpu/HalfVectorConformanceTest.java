package io.github.lightning4j.cpu;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lightning4j.cpu.arithmetic.KernelLookup;

import org.junit.jupiter.api.BeforeAll;

/** 256-bit vectors, on processors that have them. */
class HalfVectorConformanceTest extends FurtherWidth {
    @BeforeAll
    static void processorHasThem() {
        assumeTrue(KernelLookup.instance().names().contains("vector256"));
    }

    @Override
    protected String device() {
        return "cpu:vector256";
    }
}
