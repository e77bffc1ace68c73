package io.github.lightning4j.conformance;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionResult;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A sequence may be cut anywhere: the state is all that passes from one part to the next. */
final class Segments {
    private static final String TOPIC = "segments";
    private static final int N = 300;
    private static final int[] CUTS = {
        1, 2, 31, 32, 63, 64, 65, 95, 96, 97, 128, 150, 256, 298, 299
    };

    private Segments() {}

    static Stream<Law> laws() {
        Stream<Law> prefill =
                Arrays.stream(CUTS)
                        .mapToObj(m ->
                                new Law(
                                        String.format(
                                                Locale.ROOT,
                                                "prefill(%d) then prefill(%d) = prefill(%d)",
                                                m,
                                                N - m,
                                                N),
                                        s -> prefillTwice(s, m)));
        Stream<Law> merge =
                IntStream.of(1, 64, 100, 299)
                        .mapToObj(m ->
                                new Law(
                                        String.format(
                                                Locale.ROOT, "merge law: %d ⊕ %d tokens", m, N - m),
                                        s -> merge(s, m)));
        Stream<Law> scan = Stream.of(new Law("merge law: seven pieces as a scan", Segments::scan));
        return Stream.of(prefill, merge, scan).flatMap(s -> s);
    }

    private static Problem.Builder random(int index) {
        return Problem.random(Seeds.random(TOPIC, index))
                .batch(2)
                .tokens(N)
                .dims(20, 12)
                .slopes(0, 8, 4e-8f, 0.01f)
                .layout(index % 2 == 0 ? Layout.HEADS_FIRST : Layout.TOKENS_FIRST);
    }

    private static void prefillTwice(Subject subject, int m) {
        Problem problem = random(m).build();
        AttentionConfig config = problem.config();
        AttentionInputs inputs = problem.inputs();
        Tensor output = problem.newOutput();
        try (LightningAttention attention = subject.open(config)) {
            AttentionResult first =
                    attention.forward(
                            Tokens.cut(config, inputs, 0, m)
                                    .withInitialState(inputs.initialState()));
            AttentionResult second =
                    attention.forward(
                            Tokens.cut(config, inputs, m, N).withInitialState(first.finalState()));
            Tokens.paste(config.layout(), first.output(), output, 0);
            Tokens.paste(config.layout(), second.output(), output, m);
            Expect.answers(problem, output, second.finalState());
        }
    }

    private static void merge(Subject subject, int m) {
        Problem problem = random(m).build();
        AttentionConfig config = problem.config();
        try (LightningAttention attention = subject.open(config)) {
            AttentionState initial = problem.initialState();
            AttentionState before = piece(attention, problem, 0, m);
            AttentionState after = piece(attention, problem, m, N);
            Expect.states(problem, initial.merge(before).merge(after));
            Expect.states(problem, initial.merge(before.merge(after)));
        }
    }

    private static void scan(Subject subject) {
        Problem problem = random(7).dtype(DType.BF16).build();
        try (LightningAttention attention = subject.open(problem.config())) {
            AttentionState state = problem.initialState();
            for (int i = 0; i < 7; i++) {
                state = state.merge(piece(attention, problem, i * N / 7, (i + 1) * N / 7));
            }
            Expect.states(problem, state);
        }
    }

    /** What tokens [from, to) leave from an empty state. */
    private static AttentionState piece(
            LightningAttention attention, Problem problem, long from, long to) {
        return attention
                .forward(Tokens.cut(problem.config(), problem.inputs(), from, to))
                .finalState();
    }
}
