package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.TensorMemory;
import io.github.lightning4j.tornado.memory.Window;

import java.lang.foreign.MemorySegment;

/** States alone over a window, or their gradients alone. */
sealed interface StatesPlan extends Plan permits StatePlan, TensorStatePlan {
    /**
     * Runs a window.
     *
     * @param problem the problem it is a part of
     * @param window the part
     * @param rows k, or backwards q, of the whole problem
     * @param values v, or backwards dO
     * @param states float32 [R, H, D, E], before the window; afterwards, after it. Backwards, the
     *     gradients from after the window to before it
     * @return whether the states are what they should be; if not, they are as before, and to be
     *     computed otherwise
     */
    boolean run(
            AttentionProblem problem,
            Window window,
            TensorMemory rows,
            TensorMemory values,
            MemorySegment states);
}
