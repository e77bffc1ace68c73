package io.github.lightning4j;

import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.StateBuffers;
import io.github.lightning4j.spi.StateGradientBuffers;

import org.jspecify.annotations.Nullable;

/**
 * As {@link Passes}, for what is computed without the work of outputs: states after the last
 * tokens, and gradients of states before the first. Thread-safe.
 */
final class StatePasses {
    private final AttentionConfig config;
    private final Backend backend;
    private final DeviceVerification verification;

    StatePasses(AttentionConfig config, Backend backend, DeviceVerification verification) {
        this.config = config;
        this.backend = backend;
        this.verification = verification;
    }

    /** The final state. */
    AttentionState finalState(
            Tensor k,
            Tensor v,
            @Nullable PackedSequences packed,
            @Nullable AttentionState initial) {
        AttentionProblem problem = Validation.finalState(config, k, v, packed, initial);
        int count = problem.sequences();
        long[] tokens =
                Validation.tokensAfter(
                        initial == null ? new long[count] : initial.tokens(), problem);
        Tensor finalState = CallResults.allocate(DType.F32, problem.stateShape());
        Tensor before = initial == null ? null : initial.values();
        AttentionInterruptedException.check();
        try {
            backend.finalState(
                    problem,
                    new StateBuffers(
                            k.memory(),
                            v.memory(),
                            before == null ? null : before.segment(),
                            finalState.segment()));
            AttentionState state =
                    AttentionState.of(
                            finalState, config.slopes(), tokens, AttentionState.Origin.of(config));
            if (verification.isOn()) {
                // The definition asks for queries, and the state does not depend on them.
                verification.checkState(new AttentionInputs(k, k, v, packed, initial), state);
            }
            return state;
        } catch (RuntimeException | Error e) {
            throw new ArgumentMemory()
                    .with("k", k)
                    .with("v", v)
                    .with("initial state", before)
                    .explain(e);
        }
    }

    /** The gradient of the initial state. */
    Tensor initialStateGradient(
            Tensor q,
            Tensor outputGradient,
            @Nullable PackedSequences packed,
            @Nullable Tensor finalStateGradient) {
        AttentionProblem problem =
                Validation.initialStateGradient(
                        config, q, outputGradient, packed, finalStateGradient);
        Tensor gradient = CallResults.allocate(DType.F32, problem.stateShape());
        AttentionInterruptedException.check();
        try {
            backend.initialStateGradient(
                    problem,
                    new StateGradientBuffers(
                            q.memory(),
                            outputGradient.memory(),
                            finalStateGradient == null ? null : finalStateGradient.segment(),
                            gradient.segment()));
            if (verification.isOn()) {
                // The definition asks for keys and values, and this gradient depends on neither.
                AttentionInputs inputs = new AttentionInputs(q, q, outputGradient, packed, null);
                verification.checkStateGradient(
                        new GradientDefinition(problem, inputs, outputGradient, finalStateGradient),
                        gradient);
            }
            return gradient;
        } catch (RuntimeException | Error e) {
            throw new ArgumentMemory()
                    .with("q", q)
                    .with("output gradient", outputGradient)
                    .with("final state gradient", finalStateGradient)
                    .explain(e);
        }
    }
}
