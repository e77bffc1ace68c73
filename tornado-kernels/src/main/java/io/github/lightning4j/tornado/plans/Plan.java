package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.tornado.devices.DeviceLock;
import io.github.lightning4j.tornado.tasks.PlanShape;

/**
 * Arrays on a device and the compiled kernels over them.
 *
 * <p>Used by one thread at a time, and only under {@link DeviceLock}.
 */
sealed interface Plan extends AutoCloseable permits ForwardPlan, BackwardPlan {
    /** What it is compiled for. */
    PlanShape key();

    /**
     * From now on kernels are timed. TornadoVM then also keeps a log of each run, about 2 KB that
     * it never drops, so nobody pays for it who did not ask.
     */
    void startClock();

    /** Frees the memory of the device. */
    @Override
    void close();
}
