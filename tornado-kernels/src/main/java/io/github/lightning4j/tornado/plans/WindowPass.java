package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.tornado.memory.Window;
import io.github.lightning4j.tornado.tasks.TaskGrids;

import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.lang.foreign.MemorySegment;

/** How a {@link ForwardPlan} computes a window: the arrays of its rows, and tasks over them. */
interface WindowPass {
    /**
     * Adds transfers and tasks.
     *
     * @param state [R, H, D, E], from initial to final, and the seal behind it
     */
    void addTo(TaskGraph graph, TaskGrids grids, FloatArray state);

    /**
     * Puts what the next run needs into the arrays that are copied to the device.
     *
     * @param problem the problem the window is a part of
     * @param buffers the whole problem's memory
     * @param ticket the number of the run
     * @param fromZero whether states are zero before it, whatever memory holds
     */
    void stage(
            AttentionProblem problem,
            Window window,
            ForwardBuffers buffers,
            int ticket,
            boolean fromZero);

    /**
     * Checks that the run happened as asked, and copies the outputs.
     *
     * @return whether they are what they should be; if not, the window is to be computed otherwise
     */
    boolean collect(AttentionProblem problem, Window window, ForwardBuffers buffers, int ticket);

    /**
     * Copies the states that were there before a run that could not compute what it should.
     *
     * @param result of the run
     * @param ticket its number
     * @param target float32 [R, H, D, E]
     */
    void readBefore(TornadoExecutionResult result, int ticket, MemorySegment target);
}
