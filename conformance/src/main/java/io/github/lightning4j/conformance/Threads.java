package io.github.lightning4j.conformance;

import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionResult;
import io.github.lightning4j.AttentionSession;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** The same bits however many threads compute, and every time. */
final class Threads {
    private static final String TOPIC = "threads";

    private Threads() {}

    private record Shape(String name, Supplier<Problem.Builder> builder) {
        Problem problem() {
            return builder.get().build();
        }
    }

    static Stream<Law> laws() {
        return Stream.of(
                        new Shape("one long head", () -> random(1).heads(1).tokens(3001)),
                        new Shape("two long heads", () -> random(2).heads(2).tokens(1999)),
                        new Shape("three long heads", () -> random(3).heads(3).tokens(1111)),
                        new Shape(
                                "many short heads", () -> random(4).heads(13).batch(5).tokens(70)),
                        new Shape(
                                "one long sequence among short ones",
                                () -> random(5).packed(1, 2000, 0, 70, 300, 64)),
                        new Shape(
                                "tokens first, BF16",
                                () ->
                                        random(6)
                                                .dtype(DType.BF16)
                                                .layout(Layout.TOKENS_FIRST)
                                                .batch(2)
                                                .tokens(900)))
                .flatMap(shape ->
                        Stream.of(
                                new Law(
                                        "forward bits do not depend on threads: " + shape.name,
                                        s -> counts(s, shape.problem())),
                                new Law(
                                        "forward bits are the same every time: " + shape.name,
                                        s -> repeats(s, shape.problem())),
                                new Law(
                                        "session bits do not depend on threads: " + shape.name,
                                        s -> sessions(s, shape.problem()))));
    }

    private static Problem.Builder random(int index) {
        RandomGenerator random = Seeds.random(TOPIC, index);
        return Problem.random(random).dims(24, 20).heads(4);
    }

    private static void counts(Subject subject, Problem problem) {
        AttentionResult first = null;
        for (int threads : subject.threadCounts()) {
            try (LightningAttention attention = subject.open(problem.config(), threads)) {
                AttentionResult result = problem.run(attention);
                if (first == null) {
                    first = result;
                    Expect.answers(problem, result);
                }
                Expect.sameBits(threads + " threads", result, first);
            }
        }
    }

    private static void repeats(Subject subject, Problem problem) throws Exception {
        try (LightningAttention attention = subject.open(problem.config());
                ExecutorService callers = Executors.newFixedThreadPool(3)) {
            AttentionResult first = problem.run(attention);
            for (int i = 0; i < 3; i++) {
                Expect.sameBits("run " + i, problem.run(attention), first);
            }
            List<Future<AttentionResult>> calls = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                calls.add(callers.submit(() -> problem.run(attention)));
            }
            for (Future<AttentionResult> call : calls) {
                Expect.sameBits("called from several threads", call.get(), first);
            }
        }
    }

    private static void sessions(Subject subject, Problem problem) {
        AttentionResult first = null;
        for (int threads : subject.threadCounts()) {
            try (LightningAttention attention = subject.open(problem.config(), threads);
                    AttentionSession session =
                            attention.openSession(
                                    Objects.requireNonNull(problem.inputs().initialState()))) {
                AttentionResult result = decodeAndPrefill(session, problem);
                first = first == null ? result : first;
                Expect.sameBits(threads + " threads", result, first);
            }
        }
    }

    private static AttentionResult decodeAndPrefill(AttentionSession session, Problem problem) {
        AttentionInputs in = problem.inputs();
        Tensor output = problem.newOutput();
        AttentionState state;
        if (in.sequences() == null) {
            for (int t = 0; t < 3; t++) {
                AttentionInputs one = Tokens.cut(problem.config(), in, t, t + 1);
                session.append(one.q(), one.k(), one.v());
            }
        }
        session.append(in.q(), in.k(), in.v(), in.sequences(), output);
        state = session.state();
        return new AttentionResult(output, state);
    }
}
