package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackwardBuffers;
import io.github.lightning4j.tornado.memory.Window;

import java.lang.foreign.MemorySegment;

/** A backward pass over a window. */
sealed interface GradientPlan extends Plan permits BackwardPlan, TensorBackwardPlan {
    /**
     * Runs a window.
     *
     * @param problem the problem it is a part of
     * @param window the part
     * @param buffers the whole problem's memory
     * @param states float32 [R, H, D, E], those before the window
     * @param gradients float32 [R, H, D, E], of the states after the window; afterwards, of those
     *     before it
     * @return whether the gradients are what they should be; if not, they are to be computed
     *     otherwise
     */
    boolean run(
            AttentionProblem problem,
            Window window,
            BackwardBuffers buffers,
            MemorySegment states,
            MemorySegment gradients);
}
