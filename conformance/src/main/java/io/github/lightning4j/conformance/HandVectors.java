package io.github.lightning4j.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionResult;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.Decay;
import io.github.lightning4j.Tensor;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Stream;

/** Answers that can be written down. N crosses every block border up to 256 more than once. */
final class HandVectors {
    private static final int N = 700;
    private static final float[] SLOPES = {0, 4e-8f, 1e-3f, 0.02f, 0.5f, 8};

    /** How far float products may be off, element by element. */
    private static final double TOLERANCE = 1e-5;

    /** Below this λ^t is too small for a float to be compared. */
    private static final double FAINT = 1e-30;

    private HandVectors() {}

    static Stream<Law> laws() {
        return Stream.of(
                new Law("all ones: o_t = (1−λ^(t+1))/(1−λ)", HandVectors::ones),
                new Law("an impulse at token 0: o_t = λ^t", s -> impulse(s, 0)),
                new Law("an impulse at token 300: o_t = λ^(t−300)", s -> impulse(s, 300)),
                new Law("only an initial state: o_t = λ^(t+1) q S₀", HandVectors::onlyState),
                new Law("one token: o = q (λ S₀ + kᵀ v)", HandVectors::oneToken));
    }

    private static void ones(Subject subject) {
        Tensor ones = filled(1, 1);
        AttentionResult result = run(subject, config(1, 1), AttentionInputs.of(ones, ones, ones));
        for (int h = 0; h < SLOPES.length; h++) {
            double s = SLOPES[h];
            int head = h;
            // expm1: 1 − λ^n without cancellation
            IntToDoubleFunction sum =
                    t -> s == 0 ? t + 1 : Math.expm1(-s * (t + 1)) / Math.expm1(-s);
            for (int t = 0; t < N; t++) {
                near("o", s, t, result.output().getDouble(head * N + t), sum.applyAsDouble(t));
            }
            near("S", s, N, result.finalState().values().getDouble(h), sum.applyAsDouble(N - 1));
        }
    }

    private static void impulse(Subject subject, int at) {
        Tensor impulse = filled(0, 1);
        for (int h = 0; h < SLOPES.length; h++) {
            impulse.setDouble((long) h * N + at, 1);
        }
        AttentionResult result =
                run(subject, config(1, 1), AttentionInputs.of(filled(1, 1), impulse, impulse));
        for (int h = 0; h < SLOPES.length; h++) {
            double s = SLOPES[h];
            for (int t = 0; t < N; t++) {
                double expected = t < at ? 0 : Math.exp(-s * (t - at));
                near("o", s, t, result.output().getDouble(h * N + t), expected);
            }
            double left = Math.exp(-s * (N - 1 - at));
            near("S", s, N, result.finalState().values().getDouble(h), left);
        }
    }

    private static void onlyState(Subject subject) {
        // q = (1, 2, 4) and S₀ = [[1, −1], [0.5, 0], [0.25, 2]]: q S₀ = (3, 7)
        AttentionConfig config = config(3, 2);
        Tensor q = filled(0, 3);
        for (long i = 0; i < q.size(); i++) {
            q.setDouble(i, 1 << (i % 3));
        }
        float[] matrix = {1, -1, 0.5f, 0, 0.25f, 2};
        float[] states = new float[SLOPES.length * matrix.length];
        for (int i = 0; i < states.length; i++) {
            states[i] = matrix[i % matrix.length];
        }
        AttentionState initial =
                AttentionState.of(
                        Tensor.ofFloats(states, 1, SLOPES.length, 3, 2), SLOPES, new long[1]);
        AttentionInputs inputs =
                AttentionInputs.of(q, filled(0, 3), filled(1, 2)).withInitialState(initial);
        AttentionResult result = run(subject, config, inputs);
        for (int h = 0; h < SLOPES.length; h++) {
            double s = SLOPES[h];
            for (int t = 0; t < N; t++) {
                long row = 2L * (h * N + t);
                near("o", s, t, result.output().getDouble(row), 3 * Math.exp(-s * (t + 1)));
                near("o", s, t, result.output().getDouble(row + 1), 7 * Math.exp(-s * (t + 1)));
            }
            for (int i = 0; i < 6; i++) {
                double left = matrix[i] * Math.exp(-s * N);
                near("S", s, N, result.finalState().values().getDouble(6L * h + i), left);
            }
        }
        assertEquals(N, result.finalState().tokens(0), "tokens");
    }

    private static void oneToken(Subject subject) {
        // λ = 1/2: S = (1/2)·3 + 5·7 = 36.5 and o = 2·36.5
        float[] slopes = {(float) Math.log(2)};
        AttentionConfig config =
                AttentionConfig.builder(1, 1).decay(new Decay.Slopes(slopes)).build();
        AttentionState initial = AttentionState.of(scalar(3), slopes, new long[1]);
        AttentionResult result =
                run(
                        subject,
                        config,
                        AttentionInputs.of(scalar(2), scalar(5), scalar(7))
                                .withInitialState(initial));
        near("o", slopes[0], 0, result.output().getDouble(0), 73);
        near("S", slopes[0], 1, result.finalState().values().getDouble(0), 36.5);
    }

    private static AttentionResult run(
            Subject subject, AttentionConfig config, AttentionInputs inputs) {
        return Problem.of(config, inputs).run(subject);
    }

    private static AttentionConfig config(int d, int e) {
        return AttentionConfig.builder(SLOPES.length, d, e).decay(new Decay.Slopes(SLOPES)).build();
    }

    private static Tensor scalar(float value) {
        return Tensor.ofFloats(new float[] {value}, 1, 1, 1, 1);
    }

    private static Tensor filled(float value, int dim) {
        float[] values = new float[SLOPES.length * N * dim];
        Arrays.fill(values, value);
        return Tensor.ofFloats(values, 1, SLOPES.length, N, dim);
    }

    private static void near(String what, double s, int t, double actual, double expected) {
        double bound = Math.max(Math.abs(expected) * TOLERANCE, FAINT);
        assertEquals(
                expected,
                actual,
                bound,
                () -> String.format(Locale.ROOT, "%s at token %d, s = %s", what, t, s));
    }
}
