package uk.ac.manchester.tornado.api;

import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.ProfilerMode;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;

/** Signatures of a plan. */
public class TornadoExecutionPlan implements AutoCloseable {
    public TornadoExecutionPlan(ImmutableTaskGraph... graphs) {
        throw Signatures.only();
    }

    public TornadoExecutionPlan withGraph(int index) {
        throw Signatures.only();
    }

    public TornadoExecutionPlan withDevice(TornadoDevice device) {
        throw Signatures.only();
    }

    public TornadoExecutionPlan withDefaultScheduler() {
        throw Signatures.only();
    }

    public TornadoExecutionPlan withGridScheduler(GridScheduler grids) {
        throw Signatures.only();
    }

    public TornadoExecutionPlan withProfiler(ProfilerMode mode) {
        throw Signatures.only();
    }

    public TornadoExecutionResult execute() {
        throw Signatures.only();
    }

    @Override
    public void close() throws TornadoExecutionPlanException {
        throw Signatures.only();
    }
}
