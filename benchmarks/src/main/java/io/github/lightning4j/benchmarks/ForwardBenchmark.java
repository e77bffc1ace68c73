package io.github.lightning4j.benchmarks;

import io.github.lightning4j.Tensor;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** The forward pass into memory that is used again. */
public class ForwardBenchmark extends AttentionBenchmark {
    /** For JMH. */
    public ForwardBenchmark() {}

    /** Prepares a trial. */
    @Setup
    public void prepare() {
        open();
    }

    /** Checks the last call and ends the trial. */
    @TearDown
    public void check() {
        checkForward();
        close();
    }

    /**
     * One pass.
     *
     * @return o
     */
    @Benchmark
    public Tensor forward() {
        return forwardPass();
    }
}
