package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.ForwardBuffers;

/**
 * The pass that computes a call, by the algorithm of its configuration.
 *
 * @param engine the CPU
 */
public record Passes(Engine engine) {
    /** A pass over states that live where {@code states} says, not in the buffers. */
    public void run(AttentionProblem problem, ForwardBuffers buffers, States states) {
        Blocking blocking = rows(problem.config()).blocking();
        switch (problem.config().algorithm()) {
            case LIGHTNING_2, LIGHTNING_1 ->
                    new ForwardPass(
                                    engine,
                                    blocking,
                                    problem,
                                    new BlockForward(engine.kernels, problem, buffers),
                                    states)
                            .run();
            case RIGHT_PRODUCT ->
                    new RecurrentPass(engine, blocking, problem, buffers, states).run();
            case LEFT_PRODUCT -> new QuadraticPass(engine, problem, buffers, states).run();
            case SOFTMAX -> new QuadraticPass(engine, problem, buffers, null).run();
        }
    }

    /** What moves the states of a configuration. */
    public StateRows rows(AttentionConfig config) {
        return new StateRows(
                engine.kernels.elements(),
                Blocking.of(config.keyDim(), config.valueDim(), engine.kernels));
    }
}
