package io.github.lightning4j.cli.measure;

import io.github.lightning4j.AttentionState;
import io.github.lightning4j.Gradients;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.cli.checks.Check;
import io.github.lightning4j.cli.checks.GradientCheck;
import io.github.lightning4j.cli.checks.Problem;
import io.github.lightning4j.cli.checks.ReferenceCheck;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * A pass over a problem on an opened device, ready to be called again and again in the same memory.
 * Not thread-safe.
 */
public sealed interface BenchCase extends AutoCloseable
        permits BenchCase.Forward, BenchCase.ForwardBackward, DecodeCase {
    /** Heads that are compared with the definition. */
    int CHECKED_HEADS = 1;

    /** The pass. */
    Pass pass();

    /** One call. */
    void run();

    /** Compares what the case computes with the definition; call it after {@link #run}. */
    List<Check> checks();

    @Override
    void close();

    /** Prepares a pass; with a backward one the problem has a gradient of o. */
    static BenchCase of(Pass pass, LightningAttention attention, Problem problem) {
        return switch (pass) {
            case FORWARD -> new Forward(attention, problem);
            case FORWARD_BACKWARD -> new ForwardBackward(attention, problem);
            case DECODE -> new DecodeCase(attention, problem);
        };
    }

    /** o and the final state. */
    final class Forward implements BenchCase {
        private final Arena arena = Arena.ofShared();
        private final LightningAttention attention;
        private final Problem problem;
        private final Tensor o;
        private @Nullable AttentionState state;

        Forward(LightningAttention attention, Problem problem) {
            this.attention = attention;
            this.problem = problem;
            o = problem.output(arena);
        }

        @Override
        public Pass pass() {
            return Pass.FORWARD;
        }

        @Override
        public void run() {
            state = problem.forward(attention, o);
        }

        @Override
        public List<Check> checks() {
            return new ReferenceCheck(problem, o, state).sample(CHECKED_HEADS);
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    /** o, the final state and the gradients. */
    final class ForwardBackward implements BenchCase {
        private final Arena arena = Arena.ofShared();
        private final LightningAttention attention;
        private final Problem problem;
        private final Forward forward;
        private final Gradients gradients;

        ForwardBackward(LightningAttention attention, Problem problem) {
            this.attention = attention;
            this.problem = problem;
            this.forward = new Forward(attention, problem);
            gradients = problem.gradients(arena);
        }

        @Override
        public Pass pass() {
            return Pass.FORWARD_BACKWARD;
        }

        @Override
        public void run() {
            forward.run();
            problem.backward(attention, gradients);
        }

        @Override
        public List<Check> checks() {
            List<Check> checks = new ArrayList<>(forward.checks());
            checks.addAll(GradientCheck.sample(problem, gradients, CHECKED_HEADS));
            return checks;
        }

        @Override
        public void close() {
            forward.close();
            arena.close();
        }
    }
}
