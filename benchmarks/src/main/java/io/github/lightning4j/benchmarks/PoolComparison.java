package io.github.lightning4j.benchmarks;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionSession;
import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.PoolOptions;
import io.github.lightning4j.Slot;
import io.github.lightning4j.StatePool;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.RelativeError;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Appends of many conversations, one token each for decode or many for prefill: a session of all of
 * them, a session each, and pools, in turn in one run, because only then are they comparable on a
 * machine with other work. No JMH, which runs one after the other.
 */
public final class PoolComparison {
    /** Tokens between two changes, a multiple of those between two folds. */
    private static final int TOKENS = 32;

    private record Candidate(String name, Runnable step, List<Double> millis) {}

    private final LightningAttention attention;
    private final int rows;
    private final int layers;
    private final int tokens;
    private final Tensor q;
    private final Tensor k;
    private final Tensor v;
    private final Tensor o;

    private PoolComparison(LightningAttention attention, int rows, int layers, int tokens) {
        this.attention = attention;
        this.rows = rows;
        this.layers = layers;
        this.tokens = tokens;
        Random random = new Random(1);
        q = normal(random);
        k = normal(random);
        v = normal(random);
        o = normal(random);
    }

    private Tensor normal(Random random) {
        AttentionConfig config = attention.config();
        Tensor x = Tensor.allocate(DType.F32, rows, config.heads(), tokens, config.keyDim());
        for (long i = 0; i < x.size(); i++) {
            x.setDouble(i, random.nextGaussian());
        }
        return x;
    }

    /**
     * Prints milliseconds a step and the speed relative to one session of all.
     *
     * @param args threads, conversations, layers, heads, dimension, tokens of an append, seconds
     */
    public static void main(String[] args) {
        int[] n = Arrays.stream(args).mapToInt(Integer::parseInt).toArray();
        if (n.length != 7) {
            throw new IllegalArgumentException(
                    "arguments: threads conversations layers heads dimension tokens seconds");
        }
        AttentionConfig config =
                AttentionConfig.builder(n[3], n[4]).decay(new Decay.Alibi()).build();
        try (LightningAttention attention =
                LightningAttention.builder(config).device("cpu").threads(n[0]).open()) {
            System.out.println(attention.device() + ", " + Arrays.toString(n));
            new PoolComparison(attention, n[1], n[2], n[5]).run(n[6]);
        }
    }

    private void run(int seconds) {
        List<Candidate> all =
                List.of(
                        new Candidate("one session of all", together(), new ArrayList<>()),
                        new Candidate("a session each", alone(), new ArrayList<>()),
                        pool(PoolOptions.DEFAULT),
                        pool(PoolOptions.DEFAULT.withRollback(32)),
                        pool(PoolOptions.DEFAULT.withStateBits(16)));
        check(all);
        for (Candidate candidate : all) {
            measure(candidate, System.nanoTime() + seconds * 200_000_000L);
            candidate.millis.clear();
        }
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        List<Candidate> order = new ArrayList<>(all);
        while (System.nanoTime() < end || all.getLast().millis.size() < 4) {
            Collections.rotate(order, 1);
            order.forEach(candidate -> measure(candidate, 0));
        }
        double first = quartile(all.getFirst());
        for (Candidate candidate : all) {
            double quartile = quartile(candidate);
            System.out.printf(
                    Locale.ROOT,
                    "%-28s %8.3f ms (least %8.3f, %d times), %7.0f tokens/s, %.2f%n",
                    candidate.name,
                    quartile,
                    candidate.millis.getFirst(),
                    candidate.millis.size(),
                    rows * tokens / quartile * 1e3,
                    first / quartile);
        }
    }

    /** All have seen the same tokens then, so they must agree. */
    private void check(List<Candidate> all) {
        run(all.getFirst());
        Tensor first = Tensor.allocate(DType.F32, o.shape());
        first.copyFrom(o);
        for (Candidate candidate : all.subList(1, all.size())) {
            run(candidate);
            double error = RelativeError.of(o, first);
            if (!(error <= 1e-3)) {
                throw new IllegalStateException(candidate.name + " is off by " + error);
            }
        }
    }

    private void run(Candidate candidate) {
        for (int i = 0; i < steps(); i++) {
            candidate.step.run();
        }
    }

    private int steps() {
        return Math.max(1, TOKENS / tokens);
    }

    /** Measures at least once. */
    private void measure(Candidate candidate, long until) {
        do {
            long begin = System.nanoTime();
            run(candidate);
            candidate.millis.add((System.nanoTime() - begin) / 1e6 / steps());
        } while (System.nanoTime() < until);
    }

    /** The lower quartile, since other work only ever makes it longer. */
    private static double quartile(Candidate candidate) {
        Collections.sort(candidate.millis);
        return candidate.millis.get(candidate.millis.size() / 4);
    }

    private Runnable together() {
        List<AttentionSession> sessions =
                IntStream.range(0, layers).mapToObj(l -> attention.openSession(rows)).toList();
        return () -> sessions.forEach(session -> session.append(q, k, v, o));
    }

    private Runnable alone() {
        List<AttentionSession> sessions =
                IntStream.range(0, layers * rows).mapToObj(i -> attention.openSession(1)).toList();
        Tensor[][] parts = new Tensor[rows][];
        for (int r = 0; r < rows; r++) {
            parts[r] =
                    new Tensor[] {
                        q.slice(0, r, r + 1),
                        k.slice(0, r, r + 1),
                        v.slice(0, r, r + 1),
                        o.slice(0, r, r + 1)
                    };
        }
        return () -> {
            for (int i = 0; i < sessions.size(); i++) {
                Tensor[] x = parts[i % rows];
                sessions.get(i).append(x[0], x[1], x[2], x[3]);
            }
        };
    }

    private Candidate pool(PoolOptions options) {
        List<StatePool> pools =
                IntStream.range(0, layers)
                        .mapToObj(l -> attention.openPool(rows, options))
                        .toList();
        List<Slot[]> slots =
                pools.stream()
                        .map(pool ->
                                IntStream.range(0, rows)
                                        .mapToObj(r -> pool.acquire())
                                        .toArray(Slot[]::new))
                        .toList();
        Runnable step =
                () -> {
                    for (int l = 0; l < layers; l++) {
                        pools.get(l).append(slots.get(l), q, k, v, o);
                    }
                };
        String name =
                "pool, "
                        + options.stateBits()
                        + " bits"
                        + (options.rollback() > 0 ? ", rollback " + options.rollback() : "");
        return new Candidate(name, step, new ArrayList<>());
    }
}
