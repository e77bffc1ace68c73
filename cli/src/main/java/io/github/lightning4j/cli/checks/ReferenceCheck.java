package io.github.lightning4j.cli.checks;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.Gate;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.RelativeError;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * Compares a result with the float64 definition on a sample of heads, and with answers that came
 * with the input.
 *
 * <p>The definition is slow, so the sample is bounded: where all tokens of the sampled heads would
 * take too long, only the first of them are compared. Causality makes that exact.
 */
public final class ReferenceCheck {
    /** Multiply-adds of the definition that are worth waiting for: a few seconds. */
    private static final double WORK = 2e9;

    private final Problem problem;
    private final Tensor o;
    private final @Nullable AttentionState state;

    /** A check of an output and, where the algorithm has one, a final state. */
    public ReferenceCheck(Problem problem, Tensor o, @Nullable AttentionState state) {
        this.problem = problem;
        this.o = o;
        this.state = state;
    }

    /** Checks a sample of heads, spread evenly. */
    public List<Check> sample(int heads) {
        AttentionConfig config = problem.config();
        HeadSample sample = HeadSample.of(problem, heads);
        if (sample.isEmpty()) {
            return List.of();
        }
        if (!config.algorithm().hasState()) {
            return List.of(new SoftmaxCheck(o, WORK).of(sample));
        }
        double tokenWork = (double) sample.count() * config.keyDim() * config.valueDim();
        long most = Math.max(64, (long) (WORK / tokenWork));
        RelativeError output = new RelativeError();
        RelativeError stateError = new RelativeError();
        boolean whole = true;
        for (HeadSample.Place place : sample.places()) {
            int r = place.r();
            int h = place.h();
            ReferenceAttention.HeadResult expected =
                    ReferenceAttention.tokenByToken(
                            ReferenceAttention.Head.of(config, problem.inputs(), r, h, most));
            output.add(
                    ReferenceAttention.rows(
                            config, problem.inputs(), o, r, h, config.valueDim(), most),
                    expected.output());
            if (state != null && problem.length(r) <= most) {
                stateError.add(
                        ReferenceAttention.state(config, state, r, h), expected.finalState());
            } else if (problem.length(r) > most) {
                whole = false;
            }
        }
        double gate = Gate.of(o.dtype()).output(problem.longest());
        String words = sample.inWords();
        String cut = whole ? words : words + ", first " + most + " tokens";
        List<Check> checks = new ArrayList<>();
        checks.add(Check.of("output", cut, output, gate));
        if (whole && state != null) {
            double stateGate = Gate.of(o.dtype()).state();
            checks.add(Check.of("final_state", words, stateError, stateGate));
        }
        return checks;
    }

    /** Checks the answers that came with the input. */
    public List<Check> answers() {
        List<Check> checks = new ArrayList<>();
        Gate gate = Gate.of(o.dtype());
        problem.answer("o", "output", o, gate.output(problem.longest())).ifPresent(checks::add);
        if (state != null) {
            problem.answer("final_state", "final_state", state.values(), gate.state())
                    .ifPresent(checks::add);
        }
        return checks;
    }
}
