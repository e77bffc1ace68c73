package io.github.lightning4j.conformance;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionSession;
import io.github.lightning4j.DType;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/**
 * Every algorithm agrees with its definition, is causal, and gives the same on any number of
 * threads.
 */
final class Algorithms {
    private static final String TOPIC = "algorithms";
    private static final int[] LENGTHS = {1, 2, 47, 48, 49, 191, 192, 193, 385, 600};

    private Algorithms() {}

    /** Laws of all linear attentions. */
    static Stream<Law> linear() {
        return Arrays.stream(Algorithm.values())
                .filter(Algorithm::hasState)
                .flatMap(Algorithms::laws);
    }

    /** Laws of softmax attention. */
    static Stream<Law> softmax() {
        return laws(Algorithm.SOFTMAX);
    }

    private static Stream<Law> laws(Algorithm algorithm) {
        List<Law> laws = new ArrayList<>();
        BiConsumer<String, Problem.Builder> add =
                (name, builder) ->
                        laws.add(
                                law(
                                        algorithm,
                                        name,
                                        s -> definition(s, build(s, builder, algorithm))));
        for (int n : LENGTHS) {
            add.accept("N " + n, random(algorithm, n).tokens(n).batch(2));
        }
        int i = 0;
        for (Layout layout : Layout.values()) {
            for (DType type : new DType[] {DType.F32, DType.BF16, DType.F16}) {
                add.accept(
                        layout + " " + type,
                        random(algorithm, 1000 + i++).layout(layout).dtype(type).batch(2));
            }
            add.accept(
                    layout + " packed",
                    random(algorithm, 1000 + i++).layout(layout).packed(0, 1, 193, 0, 384, 50));
        }
        add.accept(
                "BF16 into F32", random(algorithm, 1020).dtype(DType.BF16).outputType(DType.F32));
        add.accept("D 1, E 40", random(algorithm, 1021).dims(1, 40));
        add.accept("D 65, E 33", random(algorithm, 1022).dims(65, 33));
        add.accept("D 128, E 128", random(algorithm, 1023).dims(128, 128));
        add.accept("scale -0.3", random(algorithm, 1024).scale(-0.3));
        add.accept("from empty", random(algorithm, 1025).fromEmpty());
        add.accept("one head, N 2000", random(algorithm, 1026).heads(1).tokens(2000));
        if (algorithm.hasDecay()) {
            add.accept(
                    "slopes 0, 8, 4e-8, 0.02",
                    random(algorithm, 1030).slopes(0, 8, 4e-8f, 0.02f).tokens(700));
        }
        if (algorithm.hasFeatureMap()) {
            add.accept("SILU", random(algorithm, 1031).featureMap(FeatureMap.SILU));
        }
        laws.add(law(algorithm, "later tokens change nothing", s -> causal(s, algorithm)));
        laws.add(law(algorithm, "threads change nothing", s -> threads(s, algorithm)));
        if (algorithm.hasState()) {
            laws.add(law(algorithm, "appends = the whole", s -> appends(s, algorithm)));
        } else {
            laws.add(law(algorithm, "large scores do not overflow", Algorithms::largeScores));
            laws.add(law(algorithm, "weights add up to 1", Algorithms::weights));
            laws.add(law(algorithm, "has no state, session or gradients", Algorithms::refusals));
        }
        return laws.stream();
    }

    private static Law law(Algorithm algorithm, String name, Law.Check check) {
        return new Law(
                algorithm + ": " + name,
                subject -> {
                    if (subject.algorithms().contains(algorithm)) {
                        check.on(subject);
                    }
                });
    }

    private static Problem.Builder random(Algorithm algorithm, int index) {
        return Problem.random(Seeds.random(TOPIC + algorithm, index))
                .algorithm(algorithm)
                .heads(3)
                .dims(20, 24)
                .tokens(400);
    }

    private static Problem build(Subject subject, Problem.Builder builder, Algorithm algorithm) {
        return (subject.outputsOnly().contains(algorithm) ? builder.fromEmpty() : builder).build();
    }

    private static void definition(Subject subject, Problem problem) {
        Algorithm algorithm = problem.config().algorithm();
        if (algorithm.hasState() && !subject.outputsOnly().contains(algorithm)) {
            Expect.answers(problem, problem.run(subject));
        }
        try (LightningAttention attention = subject.open(problem.config())) {
            Expect.outputs(problem, attend(attention, problem));
        }
    }

    private static Tensor attend(LightningAttention attention, Problem problem) {
        Tensor output = problem.newOutput();
        attention.attend(problem.inputs(), output);
        return output;
    }

    private static void causal(Subject subject, Algorithm algorithm) {
        for (Layout layout : Layout.values()) {
            Problem problem = build(subject, random(algorithm, 1).layout(layout), algorithm);
            AttentionConfig config = problem.config();
            try (LightningAttention attention = subject.open(config)) {
                Tensor before = attend(attention, problem);
                for (int kept : new int[] {1, 191, 192, 250, 399}) {
                    Problem spoilt = problem.with(spoilt(problem, kept));
                    Expect.sameBits(
                            "output of the first " + kept,
                            Tokens.cut(layout, attend(attention, spoilt), 0, kept),
                            Tokens.cut(layout, before, 0, kept));
                }
            }
        }
    }

    /** The same first tokens, and NaN after them. */
    private static AttentionInputs spoilt(Problem problem, int kept) {
        Layout layout = problem.config().layout();
        AttentionInputs in = problem.inputs();
        Tensor[] x = {in.q(), in.k(), in.v()};
        for (int i = 0; i < x.length; i++) {
            Tensor copy = Tensor.allocate(x[i].dtype(), x[i].shape());
            copy.segment().fill((byte) 0xFF);
            Tokens.paste(layout, Tokens.cut(layout, x[i], 0, kept), copy, 0);
            x[i] = copy;
        }
        return new AttentionInputs(x[0], x[1], x[2], null, in.initialState());
    }

    private static void threads(Subject subject, Algorithm algorithm) {
        Problem problem = build(subject, random(algorithm, 2).packed(1500, 3, 0, 193), algorithm);
        Tensor first = null;
        for (int threads : subject.threadCounts()) {
            try (LightningAttention attention = subject.open(problem.config(), threads)) {
                Tensor output = attend(attention, problem);
                first = first == null ? output : first;
                Expect.sameBits(threads + " threads", output, first);
            }
        }
    }

    private static void appends(Subject subject, Algorithm algorithm) {
        if (subject.outputsOnly().contains(algorithm)) {
            return;
        }
        Problem problem = random(algorithm, 3).build();
        AttentionConfig config = problem.config();
        Layout layout = config.layout();
        Tensor output = problem.newOutput();
        try (LightningAttention attention = subject.open(config);
                AttentionSession session =
                        attention.openSession(
                                Objects.requireNonNull(problem.inputs().initialState()))) {
            int at = 0;
            for (int n : new int[] {1, 200, 3, 196}) {
                AttentionInputs in = Tokens.cut(config, problem.inputs(), at, at + n);
                try (AttentionSession fork = session.fork()) {
                    Expect.sameBits(
                            "a fork",
                            fork.append(in.q(), in.k(), in.v()),
                            session.append(in.q(), in.k(), in.v()));
                    Tensor o = Tensor.allocate(in.v().dtype(), in.v().shape());
                    attention.attend(in.withInitialState(null), o);
                }
                at += n;
            }
            Expect.states(problem, session.state());
        }
        try (LightningAttention attention = subject.open(config);
                AttentionSession session =
                        attention.openSession(
                                Objects.requireNonNull(problem.inputs().initialState()))) {
            int at = 0;
            for (int n : new int[] {193, 1, 206}) {
                AttentionInputs in = Tokens.cut(config, problem.inputs(), at, at + n);
                Tokens.paste(layout, session.append(in.q(), in.k(), in.v()), output, at);
                at += n;
            }
            Expect.answers(problem, output, session.state());
        }
    }

    private static void largeScores(Subject subject) {
        Problem problem = random(Algorithm.SOFTMAX, 4).scale(1e4).build();
        try (LightningAttention attention = subject.open(problem.config())) {
            Tensor output = attend(attention, problem);
            for (long i = 0; i < output.size(); i++) {
                assertTrue(Double.isFinite(output.getDouble(i)), "element " + i + " is finite");
            }
        }
    }

    private static void weights(Subject subject) {
        Problem problem = random(Algorithm.SOFTMAX, 5).tokens(500).build();
        AttentionInputs in = problem.inputs();
        Tensor ones = Tensor.allocate(DType.F32, in.v().shape());
        for (long i = 0; i < ones.size(); i++) {
            ones.setDouble(i, 1);
        }
        try (LightningAttention attention = subject.open(problem.config())) {
            Tensor output = attention.forward(in.q(), in.k(), ones);
            for (long i = 0; i < output.size(); i++) {
                double error = Math.abs(output.getDouble(i) - 1);
                assertTrue(error < 3e-6, "element " + i + " is 1 within 3e-6, not " + error);
            }
        }
    }

    private static void refusals(Subject subject) {
        Problem problem = random(Algorithm.SOFTMAX, 6).build();
        AttentionInputs in = problem.inputs();
        try (LightningAttention attention = subject.open(problem.config())) {
            for (Runnable call :
                    List.<Runnable>of(
                            () -> attention.forward(in),
                            () -> attention.openSession(1),
                            () -> attention.backward(in, in.v(), null))) {
                var e = assertThrows(IllegalArgumentException.class, call::run);
                assertTrue(
                        String.valueOf(e.getMessage()).startsWith("algorithm is SOFTMAX"),
                        e::toString);
            }
        }
    }
}
