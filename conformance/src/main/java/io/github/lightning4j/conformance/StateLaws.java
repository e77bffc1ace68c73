package io.github.lightning4j.conformance;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.Gate;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.RelativeError;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Final states without outputs, and gradients of initial states without the other gradients. */
final class StateLaws {
    private static final String TOPIC = "states alone";

    private StateLaws() {}

    /** Laws of final states. */
    static Stream<Law> finalStates(Effort effort) {
        Stream<Law> random =
                cases(effort)
                        .map(c ->
                                new Law(
                                        "final states alone, " + c.name,
                                        s -> definition(s, c.problem)));
        Stream<Law> laws =
                Stream.of(
                        new Law(
                                "final states alone of every algorithm that has states",
                                StateLaws::algorithms),
                        new Law(
                                "final states alone: no token leaves the initial state as it is",
                                StateLaws::nothing),
                        new Law(
                                "the final state alone of two pieces = that of all",
                                StateLaws::pieces),
                        new Law(
                                "final states alone: old tokens count while λ to their age does",
                                s -> definition(s, steep(0, 50))));
        Stream<Law> threads =
                shared().map(c ->
                        new Law(
                                "bits of final states alone do not depend on threads: " + c.name,
                                s -> threads(s, c.problem)));
        return Stream.of(random, laws, threads).flatMap(s -> s);
    }

    /** Laws of gradients. */
    static Stream<Law> gradients(Effort effort) {
        Stream<Law> random =
                cases(effort)
                        .map(c ->
                                new Law(
                                        "the gradient of the initial state alone, " + c.name,
                                        s -> gradientDefinition(s, c.problem)));
        Law pieces =
                new Law(
                        "the gradient of the initial state alone of two pieces = that of all",
                        StateLaws::gradientPieces);
        Stream<Law> threads =
                shared().map(c ->
                        new Law(
                                "bits of the gradient of the initial state alone do not depend on"
                                        + " threads: "
                                        + c.name,
                                s -> gradientThreads(s, c.problem)));
        Law late =
                new Law(
                        "the gradient of the initial state alone: late tokens count while λ to"
                                + " their distance does",
                        s -> gradientDefinition(s, steep(1190, 1240)));
        return Stream.of(random, Stream.of(pieces, late), threads).flatMap(s -> s);
    }

    private record Case(String name, Problem problem) {}

    private static Problem.Builder random(int index) {
        return Problem.random(Seeds.random(TOPIC, -index)).dims(20, 24);
    }

    /** Random shapes, and around the ends of blocks of any size. */
    private static Stream<Case> cases(Effort effort) {
        Stream<Case> random =
                IntStream.range(0, Math.ceilDiv(effort.randomShapes(), 10))
                        .mapToObj(i -> {
                            // Every seventh, because dtypes and lengths take turns.
                            Problem problem =
                                    RandomShapes.problem(Seeds.random(TOPIC, i), effort, 7 * i + 5);
                            String name =
                                    String.format(
                                            Locale.ROOT,
                                            "random shape %d %s (%s)",
                                            i,
                                            problem,
                                            Seeds.replay(TOPIC));
                            return new Case(name, problem);
                        });
        Stream<Case> packed =
                Stream.of(Layout.values())
                        .map(layout ->
                                new Case(
                                        "packed, BF16, " + layout,
                                        random(1)
                                                .slopes(0, 8, 4e-8f, 0.02f)
                                                .layout(layout)
                                                .dtype(DType.BF16)
                                                .featureMap(FeatureMap.SILU)
                                                .scale(0.3)
                                                .packed(95, 96, 97, 0, 1, 193, 48)
                                                .build()));
        Case empty =
                new Case(
                        "from empty",
                        random(2).slopes(0, 8, 4e-8f, 0.02f).tokens(389).fromEmpty().build());
        return Stream.of(random, packed, Stream.of(empty)).flatMap(s -> s);
    }

    /** What threads share out in different ways. */
    private static Stream<Case> shared() {
        return Stream.of(
                new Case("one long head", random(3).heads(1).tokens(4001).build()),
                new Case("packed, BF16", random(4).dtype(DType.BF16).packed(3000, 1, 90).build()));
    }

    /**
     * Tokens of which some are so large that they count although e^−60 lies between them and the
     * end: what can be left out is beyond 104/s tokens, and not beyond half of that.
     */
    private static Problem steep(long from, long to) {
        Problem problem = random(9).slopes(0.05f, 0.5f).tokens(1240).build();
        AttentionInputs in = problem.inputs();
        enlarge(in.k(), 1e13, from, to);
        enlarge(in.v(), 1e13, from, to);
        enlarge(in.q(), 1e26, from, to);
        return problem;
    }

    private static void enlarge(Tensor tensor, double factor, long from, long to) {
        Tensor large = Tokens.cut(Layout.HEADS_FIRST, tensor, from, to);
        for (long i = 0; i < large.size(); i++) {
            large.setDouble(i, factor * large.getDouble(i));
        }
        Tokens.paste(Layout.HEADS_FIRST, large, tensor, from);
    }

    private static AttentionState finalState(LightningAttention attention, Problem problem) {
        AttentionInputs in = problem.inputs();
        return attention.finalState(in.k(), in.v(), in.sequences(), in.initialState());
    }

    private static void definition(Subject subject, Problem problem) {
        try (LightningAttention attention = subject.open(problem.config())) {
            Expect.states(problem, finalState(attention, problem));
        }
    }

    private static void algorithms(Subject subject) {
        Set<Algorithm> algorithms = EnumSet.copyOf(subject.algorithms());
        algorithms.removeAll(subject.outputsOnly());
        algorithms.removeIf(algorithm -> !algorithm.hasState());
        for (Algorithm algorithm : algorithms) {
            definition(subject, random(5).algorithm(algorithm).packed(200, 0, 101).build());
        }
    }

    private static void nothing(Subject subject) {
        Problem problem = random(6).packed(0, 0, 0).build();
        try (LightningAttention attention = subject.open(problem.config())) {
            AttentionState initial = problem.initialState();
            Expect.sameBits("final state", finalState(attention, problem), initial);
            Problem some = random(6).packed(0, 130, 0).build();
            AttentionState state = finalState(attention, some);
            for (int r = 0; r < 3; r += 2) {
                Expect.sameBits(
                        "final state of sequence " + r,
                        state.values().slice(0, r, r + 1),
                        some.initialState().values().slice(0, r, r + 1));
            }
        }
    }

    private static void pieces(Subject subject) {
        Problem problem = random(7).slopes(4e-8f, 0.02f).batch(2).tokens(250).build();
        AttentionConfig config = problem.config();
        try (LightningAttention attention = subject.open(config)) {
            AttentionState whole = finalState(attention, problem);
            for (long cut : new long[] {1, 96, 131, 249}) {
                AttentionInputs a = Tokens.cut(config, problem.inputs(), 0, cut);
                AttentionInputs b = Tokens.cut(config, problem.inputs(), cut, 250);
                AttentionState middle =
                        attention.finalState(a.k(), a.v(), null, problem.initialState());
                AttentionState last = attention.finalState(b.k(), b.v(), null, middle);
                Expect.passes(
                        "state after a cut at " + cut,
                        RelativeError.of(last.values(), whole.values()),
                        Gate.F32.state());
                AttentionState alone = attention.finalState(b.k(), b.v());
                Expect.passes(
                        "merged at " + cut,
                        RelativeError.of(middle.merge(alone).values(), whole.values()),
                        Gate.F32.state());
            }
        }
    }

    private static void threads(Subject subject, Problem problem) {
        AttentionState first = null;
        for (int threads : subject.threadCounts()) {
            try (LightningAttention attention = subject.open(problem.config(), threads)) {
                AttentionState state = finalState(attention, problem);
                if (first == null) {
                    first = state;
                    Expect.states(problem, state);
                }
                Expect.sameBits(threads + " threads", state, first);
            }
        }
    }

    /** Gradients that come from behind a problem. */
    private record Behind(Tensor output, Tensor state) {
        static Behind of(Problem problem) {
            RandomGenerator random = Seeds.random(TOPIC, 1_000_000);
            return new Behind(problem.normalOutputs(random), problem.normalStates(random));
        }
    }

    private static Tensor gradient(LightningAttention attention, Problem problem, Behind behind) {
        AttentionInputs in = problem.inputs();
        return attention.initialStateGradient(in.q(), behind.output, in.sequences(), behind.state);
    }

    private static void gradientDefinition(Subject subject, Problem problem) {
        Behind behind = Behind.of(problem);
        try (LightningAttention attention = subject.open(problem.config())) {
            expect(problem, behind, gradient(attention, problem, behind));
        }
    }

    private static void expect(Problem problem, Behind behind, Tensor gradient) {
        AttentionConfig config = problem.config();
        RelativeError error = new RelativeError();
        for (int r = 0; r < problem.sequences(); r++) {
            for (int h = 0; h < config.heads(); h++) {
                error.add(
                        ReferenceAttention.matrix(config, gradient, r, h),
                        ReferenceAttention.backward(
                                        config, problem.inputs(), behind.output, behind.state, r, h)
                                .initialState());
            }
        }
        Expect.passes(
                "gradient of the initial state",
                error.value(),
                Gate.of(problem.inputs().q().dtype()).gradients());
    }

    private static void gradientPieces(Subject subject) {
        Problem problem = random(8).slopes(4e-8f, 0.02f).batch(2).tokens(250).build();
        AttentionConfig config = problem.config();
        Behind behind = Behind.of(problem);
        try (LightningAttention attention = subject.open(config)) {
            Tensor whole = gradient(attention, problem, behind);
            for (long cut : new long[] {1, 96, 131, 249}) {
                AttentionInputs a = Tokens.cut(config, problem.inputs(), 0, cut);
                AttentionInputs b = Tokens.cut(config, problem.inputs(), cut, 250);
                Tensor middle =
                        attention.initialStateGradient(
                                b.q(),
                                Tokens.cut(config.layout(), behind.output, cut, 250),
                                null,
                                behind.state);
                Tensor first =
                        attention.initialStateGradient(
                                a.q(),
                                Tokens.cut(config.layout(), behind.output, 0, cut),
                                null,
                                middle);
                Expect.passes(
                        "gradient after a cut at " + cut,
                        RelativeError.of(first, whole),
                        Gate.F32.gradients());
            }
        }
    }

    private static void gradientThreads(Subject subject, Problem problem) {
        Behind behind = Behind.of(problem);
        Tensor first = null;
        for (int threads : subject.threadCounts()) {
            try (LightningAttention attention = subject.open(problem.config(), threads)) {
                Tensor gradient = gradient(attention, problem, behind);
                if (first == null) {
                    first = gradient;
                    expect(problem, behind, gradient);
                }
                Expect.sameBits(threads + " threads", gradient, first);
            }
        }
    }
}
