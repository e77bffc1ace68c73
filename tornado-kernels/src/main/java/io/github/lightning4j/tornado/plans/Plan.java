package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.tornado.devices.DeviceLock;
import io.github.lightning4j.tornado.tasks.PlanShape;

/**
 * Arrays on a device and the compiled kernels over them.
 *
 * <p>Used by one thread at a time, and only under {@link DeviceLock}.
 */
sealed interface Plan extends AutoCloseable
        permits ForwardPlan, GradientPlan, PairPlan, StatesPlan, DevicePool {
    /** What it is compiled for. */
    PlanShape key();

    /** Frees the memory of the device. */
    @Override
    void close();
}
