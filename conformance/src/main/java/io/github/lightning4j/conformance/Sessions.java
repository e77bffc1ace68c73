package io.github.lightning4j.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionResult;
import io.github.lightning4j.AttentionSession;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** However tokens are appended, the answers are those of one forward pass. */
final class Sessions {
    private static final String TOPIC = "sessions";
    private static final int N = 260;

    private Sessions() {}

    static Stream<Law> laws() {
        Stream<Law> chunkings =
                IntStream.range(0, 12)
                        .mapToObj(i ->
                                new Law(
                                        String.format(
                                                Locale.ROOT,
                                                "random appends %d = one forward (%s)",
                                                i,
                                                Seeds.replay(TOPIC)),
                                        s -> randomAppends(s, i)));
        Stream<Law> others =
                Stream.of(
                        new Law("one token at a time = one forward", s -> steps(s, 1)),
                        new Law("three tokens at a time = one forward", s -> steps(s, 3)),
                        new Law("eight tokens at a time = one forward", s -> steps(s, 8)),
                        new Law("prefill(N−1) then decode = prefill(N)", Sessions::decodeLast),
                        new Law("an append of no tokens changes nothing", Sessions::nothing),
                        new Law("packed appends = each sequence alone", Sessions::packed),
                        new Law("packed appends of one token or none", Sessions::packedDecode),
                        new Law("appends into F32 keep what BF16 drops", Sessions::wideOutput),
                        new Law(
                                "sessions on several threads at once = alone",
                                Sessions::severalThreads));
        return Stream.concat(chunkings, others);
    }

    private static Problem.Builder random(RandomGenerator random) {
        return Problem.random(random).tokens(N).dims(20, 24).slopes(0, 8, 4e-8f, 0.02f);
    }

    private static void randomAppends(Subject subject, int i) {
        RandomGenerator random = Seeds.random(TOPIC, i);
        Problem problem =
                random(random)
                        .batch(1 + random.nextInt(3))
                        .dims(1 + random.nextInt(40), 8 + random.nextInt(40))
                        .dtype(List.of(DType.F32, DType.BF16, DType.F16).get(i % 3))
                        .layout(Layout.values()[i % 2])
                        .scale(0.3)
                        .featureMap(FeatureMap.values()[i % 4])
                        .build();
        int[] sizes = {0, 1, 1, 1, 2, 4, 5, 17, 64, 100};
        List<Integer> cuts = new ArrayList<>(List.of(0));
        while (cuts.getLast() < N) {
            cuts.add(Math.min(N, cuts.getLast() + sizes[random.nextInt(sizes.length)]));
        }
        appendAll(subject, problem, cuts.stream().mapToInt(c -> c).toArray());
    }

    private static void steps(Subject subject, int tokens) {
        int n = 150;
        Problem problem = random(Seeds.random(TOPIC, 100)).tokens(n).build();
        int[] cuts = IntStream.rangeClosed(0, n / tokens).map(i -> i * tokens).toArray();
        appendAll(
                subject,
                problem.with(
                        Tokens.cut(problem.config(), problem.inputs(), 0, cuts[cuts.length - 1])
                                .withInitialState(problem.inputs().initialState())),
                cuts);
    }

    private static void decodeLast(Subject subject) {
        for (int n : new int[] {2, 65, 97, 129, 260}) {
            Problem problem = random(Seeds.random(TOPIC, n)).tokens(n).build();
            appendAll(subject, problem, 0, n - 1, n);
        }
    }

    /** Appends the tokens between neighbouring cuts and compares everything. */
    private static void appendAll(Subject subject, Problem problem, int... cuts) {
        AttentionState initial = Objects.requireNonNull(problem.inputs().initialState());
        try (LightningAttention attention = subject.open(problem.config());
                AttentionSession session = attention.openSession(initial)) {
            Expect.sameBits("state at first", session.state(), initial);
            AttentionResult result = append(session, problem, cuts);
            Expect.answers(problem, result);
            assertEquals(result.finalState().tokens(0), session.tokens(0), "tokens");
        }
    }

    private static AttentionResult append(AttentionSession session, Problem problem, int... cuts) {
        AttentionConfig config = problem.config();
        Tensor output = problem.newOutput();
        for (int i = 1; i < cuts.length; i++) {
            AttentionInputs part = Tokens.cut(config, problem.inputs(), cuts[i - 1], cuts[i]);
            Tensor o = session.append(part.q(), part.k(), part.v());
            Tokens.paste(config.layout(), o, output, cuts[i - 1]);
        }
        return new AttentionResult(output, session.state());
    }

    private static void nothing(Subject subject) {
        Problem problem = random(Seeds.random(TOPIC, 101)).batch(2).build();
        AttentionConfig config = problem.config();
        AttentionInputs none = Tokens.cut(config, problem.inputs(), 0, 0);
        AttentionInputs one = Tokens.cut(config, problem.inputs(), 0, 1);
        AttentionState initial = Objects.requireNonNull(problem.inputs().initialState());
        try (LightningAttention attention = subject.open(config);
                AttentionSession session = attention.openSession(initial)) {
            session.append(none.q(), none.k(), none.v());
            Expect.sameBits("state after nothing", session.state(), initial);
            session.append(one.q(), one.k(), one.v());
            AttentionState before = session.state();
            session.append(none.q(), none.k(), none.v());
            session.append(
                    none.q().reshape(1, config.heads(), 0, config.keyDim()),
                    none.k().reshape(1, config.heads(), 0, config.keyDim()),
                    none.v().reshape(1, config.heads(), 0, config.valueDim()),
                    PackedSequences.ofLengths(0, 0),
                    none.v().reshape(1, config.heads(), 0, config.valueDim()));
            Expect.sameBits("state after one token and nothing", session.state(), before);
            Expect.states(problem.with(one.withInitialState(initial)), before);
        }
    }

    private static void packed(Subject subject) {
        for (Layout layout : Layout.values()) {
            Problem problem =
                    random(Seeds.random(TOPIC, 102)).layout(layout).packed(200, 1, 0, 97).build();
            packedAppends(
                    subject,
                    problem,
                    new long[][] {{3, 0, 0, 1}, {100, 1, 0, 2}, {0, 0, 0, 90}, {97, 0, 0, 4}});
        }
    }

    private static void packedDecode(Subject subject) {
        Problem problem = random(Seeds.random(TOPIC, 103)).packed(40, 0, 20, 1).build();
        long[][] lengths = new long[40][];
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] = new long[] {1, 0, i % 2, i == 7 ? 1 : 0};
        }
        packedAppends(subject, problem, lengths);
    }

    /** Appends {@code lengths[i][r]} more tokens to sequence r in append i. */
    private static void packedAppends(Subject subject, Problem problem, long[][] lengths) {
        AttentionConfig config = problem.config();
        Layout layout = config.layout();
        AttentionInputs in = problem.inputs();
        PackedSequences all = Objects.requireNonNull(in.sequences());
        Tensor output = problem.newOutput();
        long[] next = new long[all.count()];
        Arrays.setAll(next, all::start);
        try (LightningAttention attention = subject.open(config);
                AttentionSession session =
                        attention.openSession(Objects.requireNonNull(in.initialState()))) {
            for (long[] counts : lengths) {
                PackedSequences some = PackedSequences.ofLengths(counts);
                Tensor q = gather(layout, in.q(), next, some);
                Tensor k = gather(layout, in.k(), next, some);
                Tensor v = gather(layout, in.v(), next, some);
                Tensor o = Tensor.allocate(v.dtype(), v.shape());
                session.append(q, k, v, some, o);
                for (int r = 0; r < counts.length; r++) {
                    long start = some.start(r);
                    Tensor part = Tokens.cut(layout, o, start, start + counts[r]);
                    Tokens.paste(layout, part, output, next[r]);
                    next[r] += counts[r];
                }
            }
            Expect.answers(problem, output, session.state());
        }
    }

    private static Tensor gather(Layout layout, Tensor tensor, long[] next, PackedSequences some) {
        Tensor gathered = Tokens.cut(layout, tensor, 0, some.totalTokens());
        for (int r = 0; r < next.length; r++) {
            Tensor part = Tokens.cut(layout, tensor, next[r], next[r] + some.length(r));
            Tokens.paste(layout, part, gathered, some.start(r));
        }
        return gathered;
    }

    private static void wideOutput(Subject subject) {
        Problem problem =
                random(Seeds.random(TOPIC, 104)).dtype(DType.BF16).outputType(DType.F32).build();
        AttentionConfig config = problem.config();
        Tensor output = problem.newOutput();
        try (LightningAttention attention = subject.open(config);
                AttentionSession session =
                        attention.openSession(
                                Objects.requireNonNull(problem.inputs().initialState()))) {
            int[] cuts = {0, 1, 2, 90, 91, N};
            for (int i = 1; i < cuts.length; i++) {
                AttentionInputs part = Tokens.cut(config, problem.inputs(), cuts[i - 1], cuts[i]);
                Tensor o = Tensor.allocate(DType.F32, part.v().shape());
                session.append(part.q(), part.k(), part.v(), o);
                Tokens.paste(config.layout(), o, output, cuts[i - 1]);
            }
            Expect.answers(problem, output, session.state());
        }
    }

    private static void severalThreads(Subject subject) throws Exception {
        int count = 4;
        int[] cuts = {0, 1, 2, 3, 130, 131, 132, 140, 200, 259, 260};
        List<Problem> problems =
                IntStream.range(0, count)
                        .mapToObj(i -> random(Seeds.random(TOPIC, 200 + i)).batch(2).build())
                        .toList();
        AttentionConfig config = problems.getFirst().config();
        try (LightningAttention attention = subject.open(config);
                ExecutorService threads = Executors.newFixedThreadPool(count)) {
            List<AttentionResult> alone = new ArrayList<>();
            for (Problem problem : problems) {
                alone.add(session(attention, problem, cuts));
            }
            for (int round = 0; round < 3; round++) {
                List<Future<AttentionResult>> running = new ArrayList<>();
                for (Problem problem : problems) {
                    running.add(threads.submit(() -> session(attention, problem, cuts)));
                    running.add(threads.submit(() -> problem.run(attention)));
                }
                for (int i = 0; i < count; i++) {
                    Expect.sameBits("session " + i, running.get(2 * i).get(), alone.get(i));
                    Expect.answers(problems.get(i), running.get(2 * i + 1).get());
                }
            }
            for (int i = 0; i < count; i++) {
                Expect.answers(problems.get(i), alone.get(i));
            }
        }
    }

    private static AttentionResult session(
            LightningAttention attention, Problem problem, int... cuts) {
        AttentionState initial = Objects.requireNonNull(problem.inputs().initialState());
        try (AttentionSession session = attention.openSession(initial)) {
            return append(session, problem, cuts);
        }
    }
}
