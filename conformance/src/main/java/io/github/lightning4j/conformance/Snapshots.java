package io.github.lightning4j.conformance;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionSession;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;

import java.util.Locale;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** States taken out of sessions, put into others, forked and merged. */
final class Snapshots {
    private static final String TOPIC = "snapshots";
    private static final int N = 200;

    private Snapshots() {}

    static Stream<Law> laws() {
        Stream<Law> continued =
                IntStream.of(0, 1, 5, 32, 33, 100, 199)
                        .mapToObj(m ->
                                new Law(
                                        String.format(
                                                Locale.ROOT,
                                                "a session of a snapshot at token %d continues",
                                                m),
                                        s -> continues(s, m)));
        Stream<Law> forks =
                IntStream.of(0, 3, 32, 45, 100)
                        .mapToObj(m ->
                                new Law(
                                        String.format(
                                                Locale.ROOT,
                                                "a fork at token %d goes its own way",
                                                m),
                                        s -> forks(s, m)));
        Stream<Law> others =
                Stream.of(
                        new Law("a snapshot is a copy", Snapshots::copy),
                        new Law("a session leaves the state it began with", Snapshots::begins),
                        new Law("a session goes on from a forward pass", Snapshots::fromForward),
                        new Law("a forward pass goes on from a session", Snapshots::toForward),
                        new Law("merge law: states of two sessions", Snapshots::merge));
        return Stream.of(continued, forks, others).flatMap(s -> s);
    }

    private static Problem random(int index) {
        return Problem.random(Seeds.random(TOPIC, index))
                .tokens(N)
                .batch(2)
                .dims(12, 20)
                .slopes(0, 8, 4e-8f, 0.02f)
                .build();
    }

    /** Appends tokens [from, to) one or many at a time, and writes their outputs. */
    private static void append(
            AttentionSession session, Problem problem, int from, int to, int step, Tensor output) {
        AttentionConfig config = problem.config();
        for (int t = from; t < to; t += step) {
            AttentionInputs part = Tokens.cut(config, problem.inputs(), t, Math.min(t + step, to));
            Tensor o = session.append(part.q(), part.k(), part.v());
            Tokens.paste(config.layout(), o, output, t);
        }
    }

    private static AttentionState initial(Problem problem) {
        return Objects.requireNonNull(problem.inputs().initialState());
    }

    private static void continues(Subject subject, int m) {
        Problem problem = random(m);
        Tensor output = problem.newOutput();
        try (LightningAttention attention = subject.open(problem.config());
                AttentionSession first = attention.openSession(initial(problem))) {
            append(first, problem, 0, m, 1, output);
            AttentionState snapshot = first.state();
            try (AttentionSession second = attention.openSession(snapshot)) {
                Expect.sameBits("state handed over", second.state(), snapshot);
                append(second, problem, m, N, 3, output);
                Expect.answers(problem, output, second.state());
            }
        }
    }

    private static void forks(Subject subject, int m) {
        Problem problem = random(m);
        // The same first m tokens, then others.
        Problem other = random(1000 + m);
        for (Tensor[] pair :
                new Tensor[][] {
                    {problem.inputs().q(), other.inputs().q()},
                    {problem.inputs().k(), other.inputs().k()},
                    {problem.inputs().v(), other.inputs().v()}
                }) {
            Tokens.paste(
                    problem.config().layout(),
                    Tokens.cut(problem.config().layout(), pair[0], 0, m),
                    pair[1],
                    0);
        }
        other = other.with(other.inputs().withInitialState(initial(problem)));
        Tensor output = problem.newOutput();
        Tensor otherOutput = other.newOutput();
        try (LightningAttention attention = subject.open(problem.config())) {
            AttentionSession session = attention.openSession(initial(problem));
            append(session, problem, 0, m, 1, output);
            Tokens.paste(
                    problem.config().layout(),
                    Tokens.cut(problem.config().layout(), output, 0, m),
                    otherOutput,
                    0);
            AttentionSession fork = session.fork();
            int half = (m + N) / 2;
            append(session, problem, m, half, 1, output);
            append(fork, other, m, N, 1, otherOutput);
            AttentionState forked = fork.state();
            fork.close();
            append(session, problem, half, N, 7, output);
            Expect.answers(problem, output, session.state());
            Expect.answers(other, otherOutput, forked);
            try (AttentionSession orphan = session.fork()) {
                session.close();
                Expect.states(problem, orphan.state());
            }
        }
    }

    private static void copy(Subject subject) {
        Problem problem = random(1);
        Tensor output = problem.newOutput();
        try (LightningAttention attention = subject.open(problem.config());
                AttentionSession session = attention.openSession(initial(problem))) {
            append(session, problem, 0, 37, 1, output);
            AttentionState snapshot = session.state();
            AttentionState again = session.state();
            append(session, problem, 37, N, 1, output);
            Expect.sameBits("a snapshot while its session goes on", snapshot, again);
            Expect.answers(problem, output, session.state());
        }
    }

    private static void begins(Subject subject) {
        Problem problem = random(2);
        AttentionState initial = initial(problem);
        Tensor before = Tensor.allocate(initial.values().dtype(), initial.values().shape());
        before.segment().copyFrom(initial.values().segment());
        Tensor output = problem.newOutput();
        try (LightningAttention attention = subject.open(problem.config());
                AttentionSession session = attention.openSession(initial);
                AttentionSession twin = attention.openSession(initial)) {
            append(session, problem, 0, N, 40, output);
            Expect.sameBits("the state it began with", initial.values(), before);
            append(twin, problem, 0, N, 1, output);
            Expect.answers(problem, output, twin.state());
            Expect.states(problem, session.state());
        }
    }

    private static void fromForward(Subject subject) {
        Problem problem = random(3);
        Tensor output = problem.newOutput();
        try (LightningAttention attention = subject.open(problem.config())) {
            AttentionInputs head = Tokens.cut(problem.config(), problem.inputs(), 0, 111);
            var result = attention.forward(head.withInitialState(initial(problem)));
            Tokens.paste(problem.config().layout(), result.output(), output, 0);
            try (AttentionSession session = attention.openSession(result.finalState())) {
                append(session, problem, 111, N, 1, output);
                Expect.answers(problem, output, session.state());
            }
        }
    }

    private static void toForward(Subject subject) {
        Problem problem = random(4);
        Tensor output = problem.newOutput();
        try (LightningAttention attention = subject.open(problem.config());
                AttentionSession session = attention.openSession(initial(problem))) {
            append(session, problem, 0, 45, 1, output);
            AttentionInputs tail = Tokens.cut(problem.config(), problem.inputs(), 45, N);
            var result = attention.forward(tail.withInitialState(session.state()));
            Tokens.paste(problem.config().layout(), result.output(), output, 45);
            Expect.answers(problem, output, result.finalState());
        }
    }

    private static void merge(Subject subject) {
        Problem problem = random(5);
        Tensor output = problem.newOutput();
        try (LightningAttention attention = subject.open(problem.config());
                AttentionSession first = attention.openSession(initial(problem));
                AttentionSession second = attention.openSession(2)) {
            append(first, problem, 0, 101, 1, output);
            append(second, problem, 101, N, 1, output);
            Expect.states(problem, first.state().merge(second.state()));
        }
    }
}
