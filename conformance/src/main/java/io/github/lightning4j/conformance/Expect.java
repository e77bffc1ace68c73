package io.github.lightning4j.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import io.github.lightning4j.AttentionResult;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.Gate;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.ReferenceAttention.HeadResult;
import io.github.lightning4j.reference.RelativeError;

import java.util.Locale;

/** What the laws require of results. */
final class Expect {
    private Expect() {}

    /** Output and final state are the definition's, head by head, inside the gates. */
    static void answers(Problem problem, AttentionResult result) {
        answers(problem, result.output(), result.finalState());
    }

    /** Output and final state are the definition's, head by head, inside the gates. */
    static void answers(Problem problem, Tensor output, AttentionState state) {
        outputs(problem, output);
        states(problem, state);
    }

    /** The output is the definition's, head by head, inside the gate. */
    static void outputs(Problem problem, Tensor output) {
        Gate gate = Gate.of(problem.outputType());
        int valueDim = problem.config().valueDim();
        for (int r = 0; r < problem.sequences(); r++) {
            for (int h = 0; h < problem.config().heads(); h++) {
                HeadResult answer = problem.answer(r, h);
                double[][] rows =
                        ReferenceAttention.rows(
                                problem.config(), problem.inputs(), output, r, h, valueDim);
                passes(
                        String.format(Locale.ROOT, "output of sequence %d, head %d", r, h),
                        rows,
                        answer.output(),
                        gate.output(problem.length(r)));
            }
        }
    }

    /** The final state is the definition's, head by head, inside the gate; tokens are counted. */
    static void states(Problem problem, AttentionState state) {
        Gate gate = Gate.of(problem.outputType());
        AttentionState initial = problem.inputs().initialState();
        assertEquals(problem.sequences(), state.sequences(), "sequences of the state");
        for (int r = 0; r < problem.sequences(); r++) {
            assertEquals(
                    problem.length(r) + (initial == null ? 0 : initial.tokens(r)),
                    state.tokens(r),
                    "tokens of sequence " + r);
            for (int h = 0; h < problem.config().heads(); h++) {
                passes(
                        String.format(Locale.ROOT, "state of sequence %d, head %d", r, h),
                        ReferenceAttention.state(problem.config(), state, r, h),
                        problem.answer(r, h).finalState(),
                        gate.state());
            }
        }
    }

    /** A matrix is inside a gate. */
    static void passes(String what, double[][] actual, double[][] expected, double bound) {
        RelativeError error = new RelativeError();
        error.add(actual, expected);
        passes(what, error.value(), bound);
    }

    /** An error is inside a gate. */
    static void passes(String what, double error, double bound) {
        if (!Gate.passes(error, bound)) {
            fail(
                    String.format(
                            Locale.ROOT,
                            "%s: relative error %.3g; the gate is %.3g",
                            what,
                            error,
                            bound));
        }
    }

    /** Output and final state are the same bits. */
    static void sameBits(String what, AttentionResult actual, AttentionResult expected) {
        sameBits(what + ", output", actual.output(), expected.output());
        sameBits(what + ", state", actual.finalState(), expected.finalState());
    }

    /** Two states are the same bits. */
    static void sameBits(String what, AttentionState actual, AttentionState expected) {
        sameBits(what, actual.values(), expected.values());
        for (int r = 0; r < expected.sequences(); r++) {
            assertEquals(expected.tokens(r), actual.tokens(r), what + ": tokens of sequence " + r);
        }
    }

    /** Two tensors are the same bits. */
    static void sameBits(String what, Tensor actual, Tensor expected) {
        assertEquals(expected.toString(), actual.toString(), what);
        long at = actual.segment().mismatch(expected.segment());
        if (at >= 0) {
            long i = at / expected.dtype().bytes();
            fail(
                    String.format(
                            Locale.ROOT,
                            "%s: element %d of %s is %s; it must be %s",
                            what,
                            i,
                            expected,
                            actual.getDouble(i),
                            expected.getDouble(i)));
        }
    }
}
