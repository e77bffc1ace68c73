package io.github.lightning4j.tornado.plans;

import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.enums.ProfilerMode;

/** Runs the graphs of a plan and times them. Used by one thread at a time. */
final class Execution {
    private final TornadoExecutionPlan plan;
    private final KernelClock clock;
    private boolean profiled;

    Execution(TornadoExecutionPlan plan, KernelClock clock) {
        this.plan = plan;
        this.clock = clock;
    }

    /** Runs a graph and waits for it. */
    TornadoExecutionResult run(int graph) {
        if (clock.isRunning() && !profiled) {
            plan.withProfiler(ProfilerMode.SILENT);
            profiled = true;
        }
        // A plan object keeps every result that it returned; this one is dropped at once.
        TornadoExecutionResult result = plan.withGraph(graph).execute();
        if (profiled) {
            clock.add(result.getProfilerResult().getDeviceKernelTime());
        }
        return result;
    }
}
