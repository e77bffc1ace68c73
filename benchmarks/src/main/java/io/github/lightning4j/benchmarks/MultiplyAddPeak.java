package io.github.lightning4j.benchmarks;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * The arithmetic ceiling: float32 fused multiply-adds on vectors of the preferred width that stay
 * in registers. The score {@code flops} is in operations a nanosecond, which is GFLOP/s.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 2,
        jvmArgs = {"--add-modules=jdk.incubator.vector", "--sun-misc-unsafe-memory-access=allow"})
public class MultiplyAddPeak {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int W = SPECIES.length();

    /** Independent sums: two a cycle with a latency of four cycles need eight. */
    private static final int CHAINS = 12;

    private static final int ROUNDS = 1 << 14;

    // In memory: sums that begin as constants are sometimes kept as objects, and factors that are
    // constants are made anew for every multiply-add.
    private final float[] sums = new float[CHAINS * W];
    private float x = 0.5f;
    private float y = 2;

    /** For JMH. */
    public MultiplyAddPeak() {}

    /** Operations of all threads. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Operations {
        /** A multiply-add counts two. */
        public long flops;

        /** For JMH. */
        public Operations() {}
    }

    /**
     * One core.
     *
     * @param operations counted here
     */
    @Benchmark
    @Threads(1)
    public void oneCore(Operations operations) {
        multiplyAdd(operations);
    }

    /**
     * All cores at once.
     *
     * @param operations counted here
     */
    @Benchmark
    @Threads(Threads.MAX)
    public void allCores(Operations operations) {
        multiplyAdd(operations);
    }

    /** Every multiply-add added x y = 1. */
    @TearDown
    public void check() {
        for (float sum : sums) {
            Expected.same("a sum", sum, ROUNDS);
        }
    }

    private void multiplyAdd(Operations operations) {
        Arrays.fill(sums, 0);
        FloatVector a = FloatVector.broadcast(SPECIES, x);
        FloatVector b = FloatVector.broadcast(SPECIES, y);
        FloatVector s0 = FloatVector.fromArray(SPECIES, sums, 0);
        FloatVector s1 = FloatVector.fromArray(SPECIES, sums, W);
        FloatVector s2 = FloatVector.fromArray(SPECIES, sums, 2 * W);
        FloatVector s3 = FloatVector.fromArray(SPECIES, sums, 3 * W);
        FloatVector s4 = FloatVector.fromArray(SPECIES, sums, 4 * W);
        FloatVector s5 = FloatVector.fromArray(SPECIES, sums, 5 * W);
        FloatVector s6 = FloatVector.fromArray(SPECIES, sums, 6 * W);
        FloatVector s7 = FloatVector.fromArray(SPECIES, sums, 7 * W);
        FloatVector s8 = FloatVector.fromArray(SPECIES, sums, 8 * W);
        FloatVector s9 = FloatVector.fromArray(SPECIES, sums, 9 * W);
        FloatVector s10 = FloatVector.fromArray(SPECIES, sums, 10 * W);
        FloatVector s11 = FloatVector.fromArray(SPECIES, sums, 11 * W);
        for (int i = 0; i < ROUNDS; i++) {
            s0 = a.fma(b, s0);
            s1 = a.fma(b, s1);
            s2 = a.fma(b, s2);
            s3 = a.fma(b, s3);
            s4 = a.fma(b, s4);
            s5 = a.fma(b, s5);
            s6 = a.fma(b, s6);
            s7 = a.fma(b, s7);
            s8 = a.fma(b, s8);
            s9 = a.fma(b, s9);
            s10 = a.fma(b, s10);
            s11 = a.fma(b, s11);
        }
        s0.intoArray(sums, 0);
        s1.intoArray(sums, W);
        s2.intoArray(sums, 2 * W);
        s3.intoArray(sums, 3 * W);
        s4.intoArray(sums, 4 * W);
        s5.intoArray(sums, 5 * W);
        s6.intoArray(sums, 6 * W);
        s7.intoArray(sums, 7 * W);
        s8.intoArray(sums, 8 * W);
        s9.intoArray(sums, 9 * W);
        s10.intoArray(sums, 10 * W);
        s11.intoArray(sums, 11 * W);
        operations.flops += 2L * CHAINS * W * ROUNDS;
    }
}
