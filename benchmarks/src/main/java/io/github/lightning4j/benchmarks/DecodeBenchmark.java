package io.github.lightning4j.benchmarks;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionSession;
import io.github.lightning4j.DType;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.Gate;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.ReferenceAttention.Head;
import io.github.lightning4j.reference.ReferenceAttention.HeadResult;
import io.github.lightning4j.reference.RelativeError;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** A decode step: one token for each sequence, appended to a session that grows all the while. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 2,
        jvmArgs = {
            "-Xmx4g",
            "--add-modules=jdk.incubator.vector",
            "--sun-misc-unsafe-memory-access=allow"
        })
@SuppressWarnings("NullAway.Init") // JMH calls prepare() before anything else
public class DecodeBenchmark {
    /** Tokens that come round again, P. */
    private static final int PERIOD = 64;

    /** R x H x D, with E = D: states of 0.5, 1, 4 and 32 MiB. */
    @Param({"1x8x128", "1x16x128", "1x64x128", "8x64x128"})
    public String shape;

    /** Of q, k, v and o. */
    @Param({"F32", "BF16", "F16"})
    public DType dtype;

    private final Arena arena = Arena.ofShared();
    private AttentionConfig config;
    private LightningAttention attention;
    private AttentionSession session;
    private AttentionInputs[] tokens;
    private Tensor o;
    private long steps;

    /** For JMH. */
    public DecodeBenchmark() {}

    /** Prepares a trial. */
    @Setup
    public void prepare() {
        int[] extents = Arrays.stream(shape.split("x", -1)).mapToInt(Integer::parseInt).toArray();
        config = AttentionConfig.builder(extents[1], extents[2]).build();
        attention = LightningAttention.open(config, "cpu");
        session = attention.openSession(extents[0]);
        NormalTensors tensors = new NormalTensors(arena);
        long[] one = {extents[0], extents[1], 1, extents[2]};
        tokens = new AttentionInputs[PERIOD];
        Arrays.setAll(
                tokens,
                t ->
                        AttentionInputs.of(
                                tensors.next(dtype, one),
                                tensors.next(dtype, one),
                                tensors.next(dtype, one)));
        o = Tensor.allocate(arena, dtype, one);
        steps = 0;
    }

    /**
     * One step.
     *
     * @return o
     */
    @Benchmark
    public Tensor decode() {
        AttentionInputs token = tokens[(int) (steps++ % PERIOD)];
        session.append(token.q(), token.k(), token.v(), o);
        return o;
    }

    /**
     * Checks the last output and the state, and ends the trial.
     *
     * <p>The tokens come round every P steps, so after m rounds the state is a geometric series: S
     * = (1 − λ^mP) / (1 − λ^P) S_P. From there the definition goes on token by token.
     */
    @TearDown
    public void check() {
        int r = session.sequences() - 1;
        int h = config.heads() - 1;
        long rounds = (steps - 1) / PERIOD;
        double slope = config.slopes()[h];
        double series = Math.expm1(-slope * rounds * PERIOD) / Math.expm1(-slope * PERIOD);
        double[][] state = new double[config.keyDim()][config.valueDim()];
        double[][] round = ReferenceAttention.tokenByToken(head(r, h, PERIOD, state)).finalState();
        for (int d = 0; d < state.length; d++) {
            for (int e = 0; e < state[d].length; e++) {
                state[d][e] = series * round[d][e];
            }
        }
        int rest = (int) (steps - rounds * PERIOD);
        HeadResult expected = ReferenceAttention.tokenByToken(head(r, h, rest, state));
        RelativeError output = new RelativeError();
        output.add(
                ReferenceAttention.rows(config, tokens[0], o, r, h, config.valueDim()),
                new double[][] {expected.output()[rest - 1]});
        Gate gate = Gate.of(dtype);
        Expected.within("o", output.value(), gate.output(steps));
        RelativeError states = new RelativeError();
        states.add(ReferenceAttention.state(config, session.state(), r, h), expected.finalState());
        Expected.within("the state", states.value(), gate.state());
        attention.close();
        arena.close();
    }

    /** The first tokens of a round, of one head of one sequence. */
    private Head head(int r, int h, int count, double[][] initialState) {
        double[][] q = new double[count][];
        double[][] k = new double[count][];
        double[][] v = new double[count][];
        for (int t = 0; t < count; t++) {
            Head token = Head.of(config, tokens[t], r, h);
            q[t] = token.q()[0];
            k[t] = token.k()[0];
            v[t] = token.v()[0];
        }
        return new Head(q, k, v, initialState, config.slopes()[h], config.scale());
    }
}
