package io.github.lightning4j.conformance;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.Gradients;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.Gate;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.ReferenceAttention.HeadGradients;
import io.github.lightning4j.reference.RelativeError;

import java.util.Locale;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The backward pass against golden files, the definition, and itself. */
final class GradientLaws {
    private static final String TOPIC = "gradients";

    private GradientLaws() {}

    static Stream<Law> laws(Effort effort) {
        Stream<Law> golden =
                GoldenFile.WITH_GRADIENTS.stream()
                        .map(name -> new Law("golden gradients " + name, s -> golden(s, name)));
        Stream<Law> random =
                IntStream.range(0, effort.randomShapes() / 2)
                        .mapToObj(i -> {
                            Case c = Case.random(effort, i);
                            return new Law(
                                    String.format(
                                            Locale.ROOT,
                                            "gradients of random shape %d %s (%s)",
                                            i,
                                            c.problem,
                                            Seeds.replay(TOPIC)),
                                    subject -> definition(subject, c));
                        });
        Stream<Law> causal =
                IntStream.of(1, 63, 64, 101, 170)
                        .boxed()
                        .flatMap(t ->
                                Stream.of(
                                        new Law(
                                                String.format(
                                                        Locale.ROOT,
                                                        "NaN from token %d on reaches no earlier"
                                                                + " dq",
                                                        t),
                                                s -> later(s, t)),
                                        new Law(
                                                String.format(
                                                        Locale.ROOT,
                                                        "NaN before token %d reaches no later dk"
                                                                + " and dv",
                                                        t),
                                                s -> earlier(s, t))));
        Stream<Law> laws =
                Stream.of(
                        new Law("backward of two pieces = backward of all", GradientLaws::pieces),
                        new Law("backward is linear in its gradients", GradientLaws::linear),
                        new Law(
                                "gradient bits do not depend on threads: one long head",
                                s -> threads(s, Case.of(1, b -> b.heads(1).tokens(1703)))),
                        new Law(
                                "gradient bits do not depend on threads: packed, BF16",
                                s ->
                                        threads(
                                                s,
                                                Case.of(
                                                        2,
                                                        b ->
                                                                b.heads(3)
                                                                        .dtype(DType.BF16)
                                                                        .packed(
                                                                                0, 900, 1, 50,
                                                                                97)))));
        return Stream.of(golden, random, causal, laws).flatMap(s -> s);
    }

    /** A problem and the gradients that come from behind it. */
    private record Case(Problem problem, Tensor dO, Tensor dState) {
        static Case of(int index, java.util.function.UnaryOperator<Problem.Builder> more) {
            RandomGenerator random = Seeds.random(TOPIC, -index);
            Problem.Builder builder =
                    Problem.random(random).dims(24, 20).layout(Layout.TOKENS_FIRST);
            return of(random, more.apply(builder).build());
        }

        static Case random(Effort effort, int index) {
            RandomGenerator random = Seeds.random(TOPIC, index);
            return of(random, RandomShapes.problem(random, effort, index));
        }

        private static Case of(RandomGenerator random, Problem problem) {
            return new Case(problem, problem.normalOutputs(random), problem.normalStates(random));
        }

        /** The same case with NaN in tokens [from, to). */
        Case withNaN(long from, long to, AttentionState initial, Tensor dState) {
            AttentionInputs in = problem.inputs();
            AttentionInputs poisoned =
                    new AttentionInputs(
                            poisoned(in.q(), from, to),
                            poisoned(in.k(), from, to),
                            poisoned(in.v(), from, to),
                            null,
                            initial);
            return new Case(problem.with(poisoned), poisoned(dO, from, to), dState);
        }

        private Tensor poisoned(Tensor rows, long from, long to) {
            Layout layout = problem.config().layout();
            Tensor copy = Tokens.cut(layout, rows, 0, Tokens.count(layout, rows));
            Tokens.paste(layout, times(Tokens.cut(layout, rows, from, to), Double.NaN), copy, from);
            return copy;
        }

        Gradients run(LightningAttention attention) {
            return attention.backward(problem.inputs(), dO, dState);
        }
    }

    private static void golden(Subject subject, String name) throws Exception {
        try (GoldenFile golden = GoldenFile.open(name);
                LightningAttention attention = subject.open(golden.config())) {
            Gradients gradients =
                    attention.backward(
                            golden.inputs(), golden.tensor("do"), golden.tensor("dfinal_state"));
            double gate = Gate.F32.gradients();
            passes("dq", gradients.dq(), golden.tensor("expected.dq"), gate);
            passes("dk", gradients.dk(), golden.tensor("expected.dk"), gate);
            passes("dv", gradients.dv(), golden.tensor("expected.dv"), gate);
            passes(
                    "dinitial_state",
                    gradients.initialState(),
                    golden.tensor("expected.dinitial_state"),
                    gate);
        }
    }

    private static void definition(Subject subject, Case c) {
        AttentionConfig config = c.problem.config();
        AttentionInputs in = c.problem.inputs();
        Gradients gradients;
        try (LightningAttention attention = subject.open(config)) {
            gradients = c.run(attention);
        }
        RelativeError dq = new RelativeError();
        RelativeError dk = new RelativeError();
        RelativeError dv = new RelativeError();
        RelativeError dState = new RelativeError();
        int d = config.keyDim();
        for (int r = 0; r < c.problem.sequences(); r++) {
            for (int h = 0; h < config.heads(); h++) {
                HeadGradients expected =
                        ReferenceAttention.backward(config, in, c.dO, c.dState, r, h);
                dq.add(ReferenceAttention.rows(config, in, gradients.dq(), r, h, d), expected.dq());
                dk.add(ReferenceAttention.rows(config, in, gradients.dk(), r, h, d), expected.dk());
                dv.add(
                        ReferenceAttention.rows(
                                config, in, gradients.dv(), r, h, config.valueDim()),
                        expected.dv());
                dState.add(
                        ReferenceAttention.matrix(config, gradients.initialState(), r, h),
                        expected.initialState());
            }
        }
        double gate = Gate.of(in.q().dtype()).gradients();
        Expect.passes("dq", dq.value(), gate);
        Expect.passes("dk", dk.value(), gate);
        Expect.passes("dv", dv.value(), gate);
        Expect.passes("gradient of the initial state", dState.value(), gate);
    }

    private static void pieces(Subject subject) {
        Case c = Case.of(3, b -> b.batch(2).tokens(250));
        AttentionConfig config = c.problem.config();
        AttentionInputs in = c.problem.inputs();
        AttentionState initial = Objects.requireNonNull(in.initialState());
        try (LightningAttention attention = subject.open(config)) {
            Gradients whole = c.run(attention);
            for (long cut : new long[] {1, 48, 101, 249}) {
                AttentionInputs a = Tokens.cut(config, in, 0, cut).withInitialState(initial);
                AttentionState middle = attention.forward(a).finalState();
                AttentionInputs b = Tokens.cut(config, in, cut, 250).withInitialState(middle);
                Gradients second = attention.backward(b, piece(config, c.dO, cut, 250), c.dState);
                Gradients first =
                        attention.backward(a, piece(config, c.dO, 0, cut), second.initialState());
                double gate = Gate.F32.gradients();
                joined("dq", config, whole.dq(), first.dq(), second.dq(), cut, gate);
                joined("dk", config, whole.dk(), first.dk(), second.dk(), cut, gate);
                joined("dv", config, whole.dv(), first.dv(), second.dv(), cut, gate);
                passes("initial state", first.initialState(), whole.initialState(), gate);
            }
        }
    }

    private static void joined(
            String what,
            AttentionConfig config,
            Tensor whole,
            Tensor first,
            Tensor second,
            long cut,
            double gate) {
        Tensor joined = Tensor.allocate(whole.dtype(), whole.shape());
        Tokens.paste(config.layout(), first, joined, 0);
        Tokens.paste(config.layout(), second, joined, cut);
        passes(what + " cut at " + cut, joined, whole, gate);
    }

    private static Tensor piece(AttentionConfig config, Tensor rows, long from, long to) {
        return Tokens.cut(config.layout(), rows, from, to);
    }

    private static void later(Subject subject, long t) {
        Case c = Case.of(5, b -> b.slopes(0, 0.05f).tokens(171));
        AttentionConfig config = c.problem.config();
        try (LightningAttention attention = subject.open(config)) {
            Gradients before = c.run(attention);
            AttentionState initial = Objects.requireNonNull(c.problem.inputs().initialState());
            Gradients after =
                    c.withNaN(t, 171, initial, times(c.dState, Double.NaN)).run(attention);
            Expect.sameBits(
                    "dq", piece(config, after.dq(), 0, t), piece(config, before.dq(), 0, t));
        }
    }

    private static void earlier(Subject subject, long t) {
        Case c = Case.of(5, b -> b.slopes(0, 0.05f).tokens(171));
        AttentionConfig config = c.problem.config();
        try (LightningAttention attention = subject.open(config)) {
            Gradients before = c.run(attention);
            AttentionState initial = Objects.requireNonNull(c.problem.inputs().initialState());
            AttentionState none =
                    AttentionState.of(
                            times(initial.values(), Double.NaN), config.slopes(), initial.tokens());
            Gradients after = c.withNaN(0, t, none, c.dState).run(attention);
            Expect.sameBits(
                    "dk", piece(config, after.dk(), t, 171), piece(config, before.dk(), t, 171));
            Expect.sameBits(
                    "dv", piece(config, after.dv(), t, 171), piece(config, before.dv(), t, 171));
        }
    }

    private static void linear(Subject subject) {
        Case c = Case.of(4, b -> b.heads(2).tokens(200));
        try (LightningAttention attention = subject.open(c.problem.config())) {
            Gradients once = c.run(attention);
            Gradients twice =
                    attention.backward(c.problem.inputs(), times(c.dO, 2), times(c.dState, 2));
            // Doubling is exact in every float operation.
            Expect.sameBits("dq", twice.dq(), times(once.dq(), 2));
            Expect.sameBits("dk", twice.dk(), times(once.dk(), 2));
            Expect.sameBits("dv", twice.dv(), times(once.dv(), 2));
            Expect.sameBits("state", twice.initialState(), times(once.initialState(), 2));
            Gradients fromOutput = attention.backward(c.problem.inputs(), c.dO, null);
            Gradients fromState = attention.backward(c.problem.inputs(), times(c.dO, 0), c.dState);
            double gate = Gate.F32.gradients();
            passes("dk", sum(fromOutput.dk(), fromState.dk()), once.dk(), gate);
            passes("dv", sum(fromOutput.dv(), fromState.dv()), once.dv(), gate);
            Expect.sameBits("dq of the output alone", fromOutput.dq(), once.dq());
        }
    }

    private static void threads(Subject subject, Case c) {
        Gradients first = null;
        for (int threads : subject.threadCounts()) {
            try (LightningAttention attention = subject.open(c.problem.config(), threads)) {
                Gradients gradients = c.run(attention);
                first = first == null ? gradients : first;
                Expect.sameBits(threads + " threads, dq", gradients.dq(), first.dq());
                Expect.sameBits(threads + " threads, dk", gradients.dk(), first.dk());
                Expect.sameBits(threads + " threads, dv", gradients.dv(), first.dv());
                Expect.sameBits(
                        threads + " threads, state",
                        gradients.initialState(),
                        first.initialState());
            }
        }
    }

    private static Tensor times(Tensor x, double factor) {
        Tensor result = Tensor.allocate(x.dtype(), x.shape());
        for (long i = 0; i < x.size(); i++) {
            result.setDouble(i, factor * x.getDouble(i));
        }
        return result;
    }

    private static Tensor sum(Tensor x, Tensor y) {
        Tensor result = Tensor.allocate(DType.F64, x.shape());
        for (long i = 0; i < x.size(); i++) {
            result.setDouble(i, x.getDouble(i) + y.getDouble(i));
        }
        return result;
    }

    private static void passes(String what, Tensor actual, Tensor expected, double gate) {
        Expect.passes(what, RelativeError.of(actual, expected), gate);
    }
}
