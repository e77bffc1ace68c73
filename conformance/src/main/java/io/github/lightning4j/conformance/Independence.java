package io.github.lightning4j.conformance;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionResult;
import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.RelativeError;

import java.util.Arrays;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What an output depends on, and what it must not depend on. */
final class Independence {
    private static final String TOPIC = "independence";
    private static final int N = 300;

    private Independence() {}

    static Stream<Law> laws() {
        Stream<Law> causal =
                IntStream.of(1, 2, 31, 63, 64, 65, 96, 97, 128, 200, 256, 299)
                        .mapToObj(t ->
                                new Law(
                                        String.format(
                                                Locale.ROOT,
                                                "causal: tokens from %d on change nothing before",
                                                t),
                                        s -> causal(s, t, 1000)));
        Stream<Law> poisoned =
                IntStream.of(1, 5, 37, 101, 202, 299)
                        .mapToObj(t ->
                                new Law(
                                        String.format(
                                                Locale.ROOT,
                                                "causal: NaN from token %d on stays there",
                                                t),
                                        s -> causal(s, t, Double.NaN)));
        Stream<Law> layouts =
                Stream.of(DType.F32, DType.BF16, DType.F16)
                        .map(type ->
                                new Law(
                                        "layouts agree bit for bit, " + type,
                                        s -> layouts(s, type)));
        Stream<Law> others =
                Stream.of(
                        new Law("a head knows nothing of the others", Independence::heads),
                        new Law("a head alone equals itself among others", Independence::alone),
                        new Law("a batch knows nothing of the others", Independence::batches),
                        new Law("linear in v", Independence::linear),
                        new Law("the future is linear in the initial state", Independence::state));
        return Stream.of(causal, poisoned, layouts, others).flatMap(s -> s);
    }

    private static Problem.Builder random(int index) {
        return Problem.random(Seeds.random(TOPIC, index))
                .tokens(N)
                .dims(20, 12)
                .slopes(0, 8, 4e-8f, 0.01f);
    }

    private static void causal(Subject subject, int t, double size) {
        Layout layout = t % 2 == 0 ? Layout.HEADS_FIRST : Layout.TOKENS_FIRST;
        Problem problem = random(t).layout(layout).build();
        RandomGenerator random = Seeds.random(TOPIC, 1000 + t);
        AttentionInputs in = problem.inputs();
        Problem changed =
                problem.with(
                        new AttentionInputs(
                                changedFrom(layout, in.q(), t, size, random),
                                changedFrom(layout, in.k(), t, size, random),
                                changedFrom(layout, in.v(), t, size, random),
                                null,
                                in.initialState()));
        try (LightningAttention attention = subject.open(problem.config())) {
            AttentionResult before = problem.run(attention);
            Expect.sameBits(
                    "output before token " + t,
                    Tokens.cut(layout, changed.run(attention).output(), 0, t),
                    Tokens.cut(layout, before.output(), 0, t));
            Expect.answers(problem, before);
        }
    }

    /** A copy with other numbers, of a given size, from token t on. */
    private static Tensor changedFrom(
            Layout layout, Tensor tensor, int t, double size, RandomGenerator random) {
        Tensor copy = Tokens.cut(layout, tensor, 0, N);
        Tensor tail = Tokens.cut(layout, tensor, t, N);
        for (long i = 0; i < tail.size(); i++) {
            tail.setDouble(i, size * random.nextGaussian());
        }
        Tokens.paste(layout, tail, copy, t);
        return copy;
    }

    private static void heads(Subject subject) {
        Problem problem = random(1).build();
        try (LightningAttention attention = subject.open(problem.config())) {
            AttentionResult before = problem.run(attention);
            for (int h = 0; h < problem.config().heads(); h++) {
                AttentionResult after = othersAreNaN(problem, 1, h).run(attention);
                Expect.sameBits(
                        "output of head " + h,
                        cut(after.output(), 1, h),
                        cut(before.output(), 1, h));
                Expect.sameBits(
                        "state of head " + h,
                        cut(after.finalState().values(), 1, h),
                        cut(before.finalState().values(), 1, h));
            }
            Expect.answers(problem, before);
        }
    }

    private static void batches(Subject subject) {
        Problem problem = random(2).batch(3).tokens(130).build();
        try (LightningAttention attention = subject.open(problem.config())) {
            AttentionResult before = problem.run(attention);
            for (int b = 0; b < 3; b++) {
                AttentionResult after = othersAreNaN(problem, 0, b).run(attention);
                Expect.sameBits(
                        "output of batch " + b,
                        cut(after.output(), 0, b),
                        cut(before.output(), 0, b));
                Expect.sameBits(
                        "state of batch " + b,
                        cut(after.finalState().values(), 0, b),
                        cut(before.finalState().values(), 0, b));
            }
            Expect.answers(problem, before);
        }
    }

    /** The same problem with NaN everywhere but at one index of an axis. */
    private static Problem othersAreNaN(Problem problem, int axis, int index) {
        AttentionInputs in = problem.inputs();
        return problem.with(
                new AttentionInputs(
                        onlyAt(in.q(), axis, index),
                        onlyAt(in.k(), axis, index),
                        onlyAt(in.v(), axis, index),
                        null,
                        in.initialState()));
    }

    private static Tensor onlyAt(Tensor tensor, int axis, int index) {
        Tensor copy = Tensor.allocate(tensor.dtype(), tensor.shape());
        for (long i = 0; i < copy.size(); i++) {
            boolean kept = index(tensor, axis, i) == index;
            copy.setDouble(i, kept ? tensor.getDouble(i) : Double.NaN);
        }
        return copy;
    }

    /** The numbers at one index of an axis, row-major. */
    private static Tensor cut(Tensor tensor, int axis, int index) {
        Tensor part = Tensor.allocate(tensor.dtype(), tensor.size() / tensor.shape(axis));
        long at = 0;
        for (long i = 0; i < tensor.size(); i++) {
            if (index(tensor, axis, i) == index) {
                part.setDouble(at++, tensor.getDouble(i));
            }
        }
        return part;
    }

    private static long index(Tensor tensor, int axis, long i) {
        long below = 1;
        for (int a = axis + 1; a < tensor.rank(); a++) {
            below *= tensor.shape(a);
        }
        return i / below % tensor.shape(axis);
    }

    private static void alone(Subject subject) {
        Problem problem = random(3).fromEmpty().build();
        float[] slopes = problem.config().slopes();
        AttentionResult together = problem.run(subject);
        for (int h = 0; h < slopes.length; h++) {
            AttentionConfig one =
                    AttentionConfig.builder(1, 20, 12).decay(new Decay.Slopes(slopes[h])).build();
            AttentionInputs in = problem.inputs();
            Problem single =
                    Problem.of(
                            one,
                            AttentionInputs.of(
                                    cut(in.q(), 1, h).reshape(1, 1, N, 20),
                                    cut(in.k(), 1, h).reshape(1, 1, N, 20),
                                    cut(in.v(), 1, h).reshape(1, 1, N, 12)));
            Tensor output = cut(together.output(), 1, h).reshape(1, 1, N, 12);
            Expect.answers(single, single.run(subject));
            Expect.outputs(single, output);
        }
    }

    private static void layouts(Subject subject, DType type) {
        Problem heads = random(4).batch(2).dtype(type).build();
        AttentionConfig config = heads.config();
        AttentionInputs in = heads.inputs();
        AttentionConfig tokensFirst =
                AttentionConfig.builder(4, 20, 12)
                        .decay(config.decay())
                        .layout(Layout.TOKENS_FIRST)
                        .build();
        Problem tokens =
                Problem.of(
                        tokensFirst,
                        new AttentionInputs(
                                swapped(in.q()),
                                swapped(in.k()),
                                swapped(in.v()),
                                null,
                                in.initialState()));
        AttentionResult expected = heads.run(subject);
        AttentionResult actual = tokens.run(subject);
        Expect.answers(heads, expected);
        Expect.sameBits("output", swapped(actual.output()), expected.output());
        Expect.sameBits("state", actual.finalState(), expected.finalState());
    }

    /** Axes 1 and 2 exchanged. */
    private static Tensor swapped(Tensor tensor) {
        long[] n = tensor.shape();
        Tensor result = Tensor.allocate(tensor.dtype(), n[0], n[2], n[1], n[3]);
        for (long i = 0; i < tensor.size(); i++) {
            long d = i % n[3];
            long y = i / n[3] % n[2];
            long x = i / n[3] / n[2] % n[1];
            long b = i / n[3] / n[2] / n[1];
            result.setDouble(((b * n[2] + y) * n[1] + x) * n[3] + d, tensor.getDouble(i));
        }
        return result;
    }

    private static void linear(Subject subject) {
        Problem problem = random(5).fromEmpty().build();
        AttentionInputs in = problem.inputs();
        Tensor w = random(6).build().inputs().v();
        Tensor sum = combined(2, in.v(), -3, w);
        try (LightningAttention attention = subject.open(problem.config())) {
            Tensor ofV = attention.forward(in.q(), in.k(), in.v());
            Tensor ofW = attention.forward(in.q(), in.k(), w);
            Tensor ofSum = attention.forward(in.q(), in.k(), sum);
            Expect.passes(
                    "f(2v − 3w) and 2f(v) − 3f(w)",
                    RelativeError.of(ofSum, combined(2, ofV, -3, ofW)),
                    1e-5);
        }
    }

    private static void state(Subject subject) {
        Problem problem = random(7).build();
        AttentionInputs in = problem.inputs();
        try (LightningAttention attention = subject.open(problem.config())) {
            Tensor all = attention.forward(in).output();
            Tensor silent = Tensor.allocate(in.v().dtype(), in.v().shape());
            Tensor ofState =
                    attention
                            .forward(
                                    new AttentionInputs(
                                            in.q(), in.k(), silent, null, in.initialState()))
                            .output();
            Tensor ofTokens = attention.forward(in.q(), in.k(), in.v());
            Expect.passes(
                    "f(S₀, v) and f(S₀, 0) + f(0, v)",
                    RelativeError.of(all, combined(1, ofState, 1, ofTokens)),
                    1e-5);
        }
    }

    private static Tensor combined(double a, Tensor x, double b, Tensor y) {
        double[] values = new double[(int) x.size()];
        Arrays.setAll(values, i -> a * x.getDouble(i) + b * y.getDouble(i));
        Tensor result = Tensor.allocate(x.dtype(), x.shape());
        for (int i = 0; i < values.length; i++) {
            result.setDouble(i, values[i]);
        }
        return result;
    }
}
