package io.github.lightning4j.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionResult;
import io.github.lightning4j.AttentionSession;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.Gate;
import io.github.lightning4j.reference.RelativeError;

import java.lang.foreign.Arena;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.stream.Stream;

/** What only shows after very many tokens: decay that rounds away, memory that grows. */
final class LongDecode {
    private static final String TOPIC = "long decode";

    /** λ of the first head is 1 in float, and yet half a million tokens forget 2 %. */
    private static final float[] SLOPES = {4e-8f, 0, 1e-3f, 8};

    private static final int D = 3;
    private static final int E = 2;

    /** Bytes that a JVM at rest may differ by; far below one float for each token. */
    private static final long SLACK = 1 << 19;

    /** Looks at the memory, one after another, at which nothing more was freed. */
    private static final int QUIET = 3;

    private LongDecode() {}

    static Stream<Law> laws(Effort effort) {
        int n = effort.decodeSteps();
        int steps = effort.memorySteps();
        return Stream.of(
                new Law(n + " one-token appends = the definition", s -> decode(s, n)),
                new Law("one forward of " + n + " tokens = the definition", s -> prefill(s, n)),
                new Law("memory does not grow with " + steps + " tokens", s -> memory(s, steps)));
    }

    private static AttentionConfig config() {
        return AttentionConfig.builder(SLOPES.length, D, E)
                .decay(new Decay.Slopes(SLOPES))
                .layout(Layout.TOKENS_FIRST)
                .build();
    }

    private static AttentionInputs inputs(int n) {
        return Problem.random(Seeds.random(TOPIC, 1))
                .slopes(SLOPES)
                .dims(D, E)
                .layout(Layout.TOKENS_FIRST)
                .tokens(n)
                .fromEmpty()
                .build()
                .inputs();
    }

    private static void decode(Subject subject, int n) {
        AttentionInputs in = inputs(n);
        Tensor output = Tensor.allocate(DType.F32, in.v().shape());
        try (LightningAttention attention = subject.open(config());
                AttentionSession session = attention.openSession(1)) {
            for (int t = 0; t < n; t++) {
                session.append(
                        token(in.q(), t), token(in.k(), t), token(in.v(), t), token(output, t));
            }
            assertEquals(n, session.tokens(0));
            check(in, output, session.state());
        }
    }

    private static void prefill(Subject subject, int n) {
        AttentionInputs in = inputs(n);
        try (LightningAttention attention = subject.open(config())) {
            AttentionResult result = attention.forward(in);
            check(in, result.output(), result.finalState());
        }
    }

    /** Token t of [1, N, H, dim], in place. */
    private static Tensor token(Tensor tensor, int t) {
        long bytes = tensor.shape(2) * tensor.shape(3) * tensor.dtype().bytes();
        return Tensor.of(
                tensor.dtype(),
                tensor.segment().asSlice(t * bytes, bytes),
                1,
                1,
                tensor.shape(2),
                tensor.shape(3));
    }

    /** The definition once more, without keeping what so many tokens would take. */
    private static void check(AttentionInputs in, Tensor output, AttentionState state) {
        long n = in.q().shape(1);
        for (int h = 0; h < SLOPES.length; h++) {
            double lambda = Math.exp(-(double) SLOPES[h]);
            double[] s = new double[D * E];
            RelativeError error = new RelativeError();
            RelativeError late = new RelativeError();
            for (long t = 0; t < n; t++) {
                long row = t * SLOPES.length + h;
                for (int e = 0; e < E; e++) {
                    double o = 0;
                    double v = in.v().getDouble(row * E + e);
                    for (int d = 0; d < D; d++) {
                        double kv = in.k().getDouble(row * D + d) * v;
                        s[d * E + e] = lambda * s[d * E + e] + kv;
                        o += in.q().getDouble(row * D + d) * s[d * E + e];
                    }
                    error.add(output.getDouble(row * E + e), o);
                    if (t >= n - 1000) {
                        late.add(output.getDouble(row * E + e), o);
                    }
                }
            }
            String head = ", s = " + SLOPES[h];
            Expect.passes("output" + head, error.value(), Gate.F32.output(n));
            Expect.passes("output of the last tokens" + head, late.value(), Gate.F32.output(n));
            RelativeError left = new RelativeError();
            for (int i = 0; i < s.length; i++) {
                left.add(state.values().getDouble((long) h * s.length + i), s[i]);
            }
            Expect.passes("state" + head, left.value(), Gate.F32.state());
        }
    }

    private static void memory(Subject subject, int steps) {
        AttentionConfig config = config();
        try (Arena arena = Arena.ofShared();
                LightningAttention attention = subject.open(config);
                AttentionSession session = attention.openSession(1)) {
            Tensor q = Tensor.allocate(arena, DType.F32, 1, 1, SLOPES.length, D);
            Tensor v = Tensor.allocate(arena, DType.F32, 1, 1, SLOPES.length, E);
            Tensor o = Tensor.allocate(arena, DType.F32, 1, 1, SLOPES.length, E);
            q.segment().fill((byte) 0x3F);
            v.segment().fill((byte) 0x3F);
            for (int t = 0; t < steps / 9; t++) {
                session.append(q, q, v, o);
            }
            long before = used();
            for (int t = 0; t < steps; t++) {
                session.append(q, q, v, o);
            }
            long grown = Long.MAX_VALUE;
            for (int look = 0; look < 3 && grown > SLACK; look++) {
                grown = Math.min(grown, used() - before);
            }
            assertEquals(steps / 9 + steps, session.tokens(0));
            assertTrue(
                    grown <= SLACK, String.format(Locale.ROOT, "memory grew by %d bytes", grown));
        }
    }

    /** Bytes alive in the heap and outside it, once what others left behind is gone. */
    private static long used() {
        long least = Long.MAX_VALUE;
        int quiet = 0;
        for (int look = 0; look < 20 && quiet < QUIET; look++) {
            System.gc();
            try {
                // Cleaners free what the collector found, in a thread of their own.
                Thread.sleep(10);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            long now = alive();
            quiet = now > least - (1 << 12) ? quiet + 1 : 0;
            least = Math.min(now, least);
        }
        return least;
    }

    private static long alive() {
        long outside =
                ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                        .mapToLong(BufferPoolMXBean::getMemoryUsed)
                        .sum();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() + outside;
    }
}
