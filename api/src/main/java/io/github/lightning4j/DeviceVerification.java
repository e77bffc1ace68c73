package io.github.lightning4j;

import io.github.lightning4j.reference.Definition;
import io.github.lightning4j.reference.Gate;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.ReferenceAttention.HeadGradients;
import io.github.lightning4j.reference.RelativeError;
import io.github.lightning4j.spi.AttentionProblem;

import org.jspecify.annotations.Nullable;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntPredicate;

/**
 * Compares a few heads of each call with the float64 definition, other heads from call to call, so
 * that a device that computes wrongly is caught instead of believed. Thread-safe.
 *
 * <p>What the definition gives is first rounded to the dtype in question, so that a device is not
 * blamed for numbers too small for it. Where the rounded number is not finite, because it is too
 * large or an input was not finite, that of the device need only not be finite either.
 */
final class DeviceVerification {
    /** Multiply-adds that the definition may spend on the gradients of a head: a few seconds. */
    private static final long WORK = 1_000_000_000;

    /**
     * The bound on tokens where heads are narrow, because the definition has an object for each
     * row.
     */
    private static final long MOST_TOKENS = 1 << 16;

    /** With fewer tokens, one sum may have cancelled with no other to make up for it. */
    private static final int FEW_TOKENS = 64;

    /**
     * What float32 sums may lose, relative to the size of their terms: two units in the last place.
     */
    private static final double ROUNDING = 0x1p-22;

    private final AttentionConfig config;
    private final Device device;
    private final int heads;
    private final long gradientTokens;
    private final AtomicLong next = new AtomicLong();
    // A count of its own: where passes alternate, one for both would always give each the same
    // heads.
    private final AtomicLong nextBackward = new AtomicLong();

    /** Compares {@code heads} heads of each call; 0: none. */
    DeviceVerification(AttentionConfig config, Device device, int heads) {
        this(
                config,
                device,
                heads,
                Math.clamp(WORK / (2L * config.keyDim() * config.valueDim()), 64, MOST_TOKENS));
    }

    /**
     * The same with another bound.
     *
     * @param gradientTokens tokens of a sequence whose gradients are compared whole
     */
    DeviceVerification(AttentionConfig config, Device device, int heads, long gradientTokens) {
        this.config = config;
        this.device = device;
        this.heads = heads;
        this.gradientTokens = gradientTokens;
    }

    /** Whether there is anything to do. */
    boolean isOn() {
        return heads > 0;
    }

    /**
     * Checks what a call gave.
     *
     * @param inputs what it got, the state before included
     * @param output o
     * @param finalState the state after; null where the call did not ask for it
     * @throws BackendException if one is past its gate
     */
    void check(AttentionInputs inputs, Tensor output, @Nullable AttentionState finalState) {
        check(inputs, output, finalState, r -> true);
    }

    /**
     * The same for some of the sequences.
     *
     * @param has whether a sequence has an answer
     */
    void check(
            AttentionInputs inputs,
            Tensor output,
            @Nullable AttentionState finalState,
            IntPredicate has) {
        forEachHead(
                next,
                inputs.sequenceCount(),
                (r, h) -> {
                    ReferenceAttention.Head head = ReferenceAttention.Head.of(config, inputs, r, h);
                    if (has.test(r) && head.v().length > 0) {
                        check(inputs, output, finalState, r, h, head);
                    }
                });
    }

    private void check(
            AttentionInputs inputs,
            Tensor output,
            @Nullable AttentionState finalState,
            int r,
            int h,
            ReferenceAttention.Head head) {
        double[][] o = ReferenceAttention.rows(config, inputs, output, r, h, config.valueDim());
        if (finalState == null) {
            double[][] expected = Definition.output(config.algorithm(), head);
            checkOutput(r, h, head, output.dtype(), o, expected);
            return;
        }
        ReferenceAttention.HeadResult expected = ReferenceAttention.tokenByToken(head);
        checkOutput(r, h, head, output.dtype(), o, expected.output());
        checkState(r, h, finalState, expected);
    }

    /**
     * Checks final states that were computed without outputs.
     *
     * @param inputs what the call got, with any queries
     * @param finalState what it gave
     * @throws BackendException if one is past its gate
     */
    void checkState(AttentionInputs inputs, AttentionState finalState) {
        forEachHead(
                next,
                inputs.sequenceCount(),
                (r, h) -> {
                    ReferenceAttention.Head head = ReferenceAttention.Head.of(config, inputs, r, h);
                    checkState(r, h, finalState, ReferenceAttention.tokenByToken(head));
                });
    }

    private void checkState(
            int r, int h, AttentionState finalState, ReferenceAttention.HeadResult expected) {
        check(
                "the final state",
                r,
                h,
                DType.F32,
                ReferenceAttention.state(config, finalState, r, h),
                expected.finalState(),
                Gate.F32.state());
    }

    /**
     * Checks gradients of initial states that were computed without others, of sequences that are
     * short enough for the definition.
     *
     * @param call what the call got, with any keys and values
     * @param gradient what it gave
     * @throws BackendException if one is past its gate
     */
    void checkStateGradient(GradientDefinition call, Tensor gradient) {
        AttentionProblem problem = call.problem();
        double gate = Gate.of(problem.inputType()).gradients();
        forEachHead(
                nextBackward,
                problem.sequences(),
                (r, h) -> {
                    if (problem.length(r) <= gradientTokens) {
                        int tokens = (int) problem.length(r);
                        checkStateGradient(r, h, gradient, call.definition(r, h, 0, tokens), gate);
                    }
                });
    }

    private void checkStateGradient(
            int r, int h, Tensor gradient, HeadGradients expected, double gate) {
        check(
                "the gradient of the initial state",
                r,
                h,
                DType.F32,
                ReferenceAttention.matrix(config, gradient, r, h),
                expected.initialState(),
                gate);
    }

    private interface HeadCheck {
        void check(int r, int h);
    }

    /** The heads whose turn it is. */
    private void forEachHead(AtomicLong turn, long sequences, HeadCheck check) {
        long streams = sequences * config.heads();
        for (int i = 0; i < Math.min(heads, streams); i++) {
            long stream = turn.getAndIncrement() % streams;
            check.check((int) (stream / config.heads()), (int) (stream % config.heads()));
        }
    }

    /**
     * Checks the gradients that a call gave. Of a long sequence, dq of the first tokens and dk and
     * dv of the last ones.
     *
     * @param problem its shapes
     * @param inputs what it got, the state before included
     * @param outputGradient ∂loss/∂o
     * @param finalStateGradient ∂loss/∂(final state), or null for zeros
     * @param gradients what it gave
     * @throws BackendException if one is past its gate
     */
    void checkGradients(
            AttentionProblem problem,
            AttentionInputs inputs,
            Tensor outputGradient,
            @Nullable Tensor finalStateGradient,
            Gradients gradients) {
        GradientDefinition call =
                new GradientDefinition(problem, inputs, outputGradient, finalStateGradient);
        DType dtype = gradients.dq().dtype();
        double gate = Gate.of(dtype).gradients();
        forEachHead(
                nextBackward,
                problem.sequences(),
                (r, h) -> {
                    long tokens = problem.length(r);
                    int count = (int) Math.min(tokens, gradientTokens);
                    long late = tokens - count;
                    // dq depends on no later token, dk and dv depend on no earlier one.
                    HeadGradients first = call.definition(r, h, 0, count);
                    HeadGradients last = late == 0 ? first : call.definition(r, h, late, count);
                    double[][] dq = call.rows(gradients.dq(), r, h, 0, count);
                    double[][] dk = call.rows(gradients.dk(), r, h, late, count);
                    double[][] dv = call.rows(gradients.dv(), r, h, late, count);
                    check("dq", r, h, dtype, dq, first.dq(), gate);
                    check("dk", r, h, dtype, dk, last.dk(), gate);
                    check("dv", r, h, dtype, dv, last.dv(), gate);
                    if (late == 0) {
                        checkStateGradient(r, h, gradients.initialState(), first, gate);
                    }
                });
    }

    private void checkOutput(
            int r,
            int h,
            ReferenceAttention.Head head,
            DType dtype,
            double[][] actual,
            double[][] expected) {
        double error = error(dtype, actual, expected);
        double bound = Gate.of(dtype).output(expected.length);
        if (!Gate.passes(error, bound) && !isCancelled(head, actual, expected)) {
            throw wrong("the output", r, h, error, bound);
        }
    }

    /**
     * Whether the output of a few tokens is as near as float32 sums of that many terms can be, even
     * where the terms are much larger than their sum: a single q·k near 0 is mostly rounding, and a
     * gate relative to the sum says nothing then.
     */
    private boolean isCancelled(
            ReferenceAttention.Head head, double[][] actual, double[][] expected) {
        if (expected.length >= FEW_TOKENS || config.algorithm() == Algorithm.SOFTMAX) {
            return false;
        }
        double[][] terms =
                ReferenceAttention.tokenByToken(
                                new ReferenceAttention.Head(
                                        absolute(head.q()),
                                        absolute(head.k()),
                                        absolute(head.v()),
                                        absolute(head.initialState()),
                                        head.slope(),
                                        Math.abs(head.scale())))
                        .output();
        RelativeError error = new RelativeError();
        for (int t = 0; t < terms.length; t++) {
            for (int e = 0; e < terms[t].length; e++) {
                error.add(terms[t][e] + (actual[t][e] - expected[t][e]), terms[t][e]);
            }
        }
        return Gate.passes(error.value(), ROUNDING);
    }

    private static double[][] absolute(double[][] x) {
        return GradientDefinition.map(x, Math::abs);
    }

    private void check(
            String what,
            int r,
            int h,
            DType dtype,
            double[][] actual,
            double[][] expected,
            double gate) {
        double error = error(dtype, actual, expected);
        if (!Gate.passes(error, gate)) {
            throw wrong(what, r, h, error, gate);
        }
    }

    private static double error(DType dtype, double[][] actual, double[][] expected) {
        RelativeError error = new RelativeError();
        for (int i = 0; i < expected.length; i++) {
            for (int j = 0; j < expected[i].length; j++) {
                double rounded = dtype.round(expected[i][j]);
                if (Double.isFinite(rounded) || Double.isFinite(actual[i][j])) {
                    error.add(actual[i][j], rounded);
                }
            }
        }
        return error.value();
    }

    private BackendException wrong(String what, int r, int h, double error, double gate) {
        return new BackendException(
                String.format(
                        Locale.ROOT,
                        "device %s computes wrongly: %s of sequence %d, head %d is %.1e away from"
                                + " the float64 definition; the gate is %.1e",
                        device.id(),
                        what,
                        r,
                        h,
                        error,
                        gate));
    }
}
