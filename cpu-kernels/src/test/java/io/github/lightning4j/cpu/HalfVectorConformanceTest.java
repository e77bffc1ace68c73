package io.github.lightning4j.cpu;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lightning4j.conformance.Topic;
import io.github.lightning4j.cpu.arithmetic.KernelLookup;

import org.junit.jupiter.api.BeforeAll;

import java.util.EnumSet;
import java.util.Set;

/** 256-bit vectors, on processors that have them: shapes and values, since others pass the rest. */
class HalfVectorConformanceTest extends FurtherWidth {
    @BeforeAll
    static void processorHasThem() {
        assumeTrue(KernelLookup.instance().names().contains("vector256"));
    }

    @Override
    public Set<Topic> topics() {
        return EnumSet.of(
                Topic.GOLDEN_FILES, Topic.RANDOM_SHAPES, Topic.EDGE_CASES, Topic.GRADIENTS);
    }

    @Override
    protected String device() {
        return "cpu:vector256";
    }
}
