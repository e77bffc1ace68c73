package io.github.lightning4j.benchmarks;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.Gate;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.ReferenceAttention.Head;
import io.github.lightning4j.reference.ReferenceAttention.HeadResult;
import io.github.lightning4j.reference.RelativeError;

import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** Whole sequences on the CPU: what forward and backward passes need and how they are checked. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 2,
        jvmArgs = {
            "-Xmx4g",
            "--add-modules=jdk.incubator.vector",
            "--sun-misc-unsafe-memory-access=allow"
        })
@SuppressWarnings("NullAway.Init") // JMH calls open() before anything else
public abstract class AttentionBenchmark {
    /** B x H x N x D, with E = D; JMH splits lists at commas. */
    @Param({"1x8x4096x128", "1x16x2048x64", "1x8x16384x128", "1x1x65536x128"})
    public String shape;

    /** Of q, k, v and o. */
    @Param({"F32", "BF16", "F16"})
    public DType dtype;

    private final Arena arena = Arena.ofShared();
    private AttentionConfig config;
    private LightningAttention attention;
    private AttentionInputs inputs;
    private Tensor o;
    private AttentionState finalState;

    /** For JMH. */
    AttentionBenchmark() {}

    /** Opens the device and makes q, k and v; o holds NaN until the first call. */
    void open() {
        long[] extents = Arrays.stream(shape.split("x", -1)).mapToLong(Long::parseLong).toArray();
        config = AttentionConfig.builder(extents[1], extents[3]).decay(decay()).build();
        attention = LightningAttention.open(config, "cpu");
        NormalTensors tensors = new NormalTensors(arena);
        inputs =
                AttentionInputs.of(
                        tensors.next(dtype, extents),
                        tensors.next(dtype, extents),
                        tensors.next(dtype, extents));
        o = Tensor.allocate(arena, dtype, extents);
        for (long i = 0; i < o.size(); i++) {
            o.setDouble(i, Double.NaN);
        }
    }

    /** The decay, which most passes do not depend on. */
    Decay decay() {
        return new Decay.Alibi();
    }

    /** Frees what {@link #open} took. */
    void close() {
        attention.close();
        arena.close();
    }

    AttentionConfig config() {
        return config;
    }

    LightningAttention attention() {
        return attention;
    }

    AttentionInputs inputs() {
        return inputs;
    }

    /** Tensors of the benchmark's life. */
    Arena arena() {
        return arena;
    }

    /** The pass itself; returns o. */
    Tensor forwardPass() {
        finalState = attention.forward(inputs, o);
        return o;
    }

    /** Compares o and the final state of the last sequence's last head with the definition. */
    void checkForward() {
        int r = (int) inputs.q().shape(0) - 1;
        int h = config.heads() - 1;
        HeadResult expected = ReferenceAttention.tokenByToken(Head.of(config, inputs, r, h));
        RelativeError output = new RelativeError();
        output.add(
                ReferenceAttention.rows(config, inputs, o, r, h, config.valueDim()),
                expected.output());
        Gate gate = Gate.of(dtype);
        Expected.within("o", output.value(), gate.output(inputs.q().shape(2)));
        RelativeError state = new RelativeError();
        state.add(ReferenceAttention.state(config, finalState, r, h), expected.finalState());
        Expected.within("the final state", state.value(), gate.state());
    }
}
