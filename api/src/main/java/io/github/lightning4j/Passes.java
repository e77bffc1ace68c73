package io.github.lightning4j;

import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.BackwardBuffers;
import io.github.lightning4j.spi.ForwardBuffers;

import org.jspecify.annotations.Nullable;

/**
 * Leads from the tensors of a call to the memory that a backend gets. Arguments are checked here,
 * once, and so are the device's results where that is wanted. Thread-safe.
 */
final class Passes {
    private final AttentionConfig config;
    private final Backend backend;
    private final DeviceVerification verification;

    Passes(AttentionConfig config, Backend backend, DeviceVerification verification) {
        this.config = config;
        this.backend = backend;
        this.verification = verification;
    }

    /** The output alone. */
    void attend(AttentionInputs inputs, Tensor output) {
        AttentionProblem problem = Validation.problem(config, inputs, output);
        AttentionInterruptedException.check();
        try {
            backend.forward(problem, buffers(inputs, output, null));
            if (verification.isOn()) {
                verification.check(inputs, output, null);
            }
        } catch (RuntimeException | Error e) {
            throw new ArgumentMemory().with(inputs).with("output", output).explain(e);
        }
    }

    /** The output and the final state, in new memory unless the caller has brought some. */
    AttentionState forward(AttentionInputs inputs, Tensor output, @Nullable Tensor given) {
        Validation.checkHasState(config, "a final state; call attend(inputs, output)");
        AttentionProblem problem = Validation.problem(config, inputs, output);
        AttentionState initial = inputs.initialState();
        int count = problem.sequences();
        long[] tokens =
                Validation.tokensAfter(
                        initial == null ? new long[count] : initial.tokens(), problem);
        if (given != null) {
            Validation.checkFinalState(given, problem, inputs, output);
        }
        Tensor finalState =
                given == null ? CallResults.allocate(DType.F32, problem.stateShape()) : given;
        AttentionInterruptedException.check();
        try {
            backend.forward(problem, buffers(inputs, output, finalState));
            AttentionState state =
                    AttentionState.of(
                            finalState, config.slopes(), tokens, AttentionState.Origin.of(config));
            if (verification.isOn()) {
                verification.check(inputs, output, state);
            }
            return state;
        } catch (RuntimeException | Error e) {
            throw new ArgumentMemory()
                    .with(inputs)
                    .with("output", output)
                    .with("final state", given)
                    .explain(e);
        }
    }

    private static ForwardBuffers buffers(
            AttentionInputs inputs, Tensor output, @Nullable Tensor finalState) {
        AttentionState initial = inputs.initialState();
        return new ForwardBuffers(
                inputs.q().memory(),
                inputs.k().memory(),
                inputs.v().memory(),
                initial == null ? null : initial.values().segment(),
                output.memory(),
                finalState == null ? null : finalState.segment());
    }

    /** The gradients, in new memory. */
    Gradients backward(
            AttentionInputs inputs, Tensor outputGradient, @Nullable Tensor finalStateGradient) {
        AttentionProblem problem =
                Validation.backward(config, inputs, outputGradient, finalStateGradient);
        Gradients gradients =
                new Gradients(
                        CallResults.allocate(inputs.q().dtype(), inputs.q().shape()),
                        CallResults.allocate(inputs.k().dtype(), inputs.k().shape()),
                        CallResults.allocate(inputs.v().dtype(), inputs.v().shape()),
                        CallResults.allocate(DType.F32, problem.stateShape()));
        backward(problem, inputs, outputGradient, finalStateGradient, gradients);
        return gradients;
    }

    /** The gradients, into the caller's memory. */
    void backward(
            AttentionInputs inputs,
            Tensor outputGradient,
            @Nullable Tensor finalStateGradient,
            Gradients gradients) {
        AttentionProblem problem =
                Validation.backward(config, inputs, outputGradient, finalStateGradient, gradients);
        backward(problem, inputs, outputGradient, finalStateGradient, gradients);
    }

    private void backward(
            AttentionProblem problem,
            AttentionInputs inputs,
            Tensor outputGradient,
            @Nullable Tensor finalStateGradient,
            Gradients gradients) {
        AttentionState initial = inputs.initialState();
        AttentionInterruptedException.check();
        try {
            backend.backward(
                    problem,
                    new BackwardBuffers(
                            inputs.q().memory(),
                            inputs.k().memory(),
                            inputs.v().memory(),
                            initial == null ? null : initial.values().segment(),
                            outputGradient.memory(),
                            finalStateGradient == null ? null : finalStateGradient.segment(),
                            gradients.dq().memory(),
                            gradients.dk().memory(),
                            gradients.dv().memory(),
                            gradients.initialState().segment()));
            if (verification.isOn()) {
                verification.checkGradients(
                        problem, inputs, outputGradient, finalStateGradient, gradients);
            }
        } catch (RuntimeException | Error e) {
            throw new ArgumentMemory()
                    .with(inputs)
                    .with("output gradient", outputGradient)
                    .with("final state gradient", finalStateGradient)
                    .with("dq", gradients.dq())
                    .with("dk", gradients.dk())
                    .with("dv", gradients.dv())
                    .with("gradient of the initial state", gradients.initialState())
                    .explain(e);
        }
    }
}
