package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.Ceilings;
import io.github.lightning4j.tornado.devices.DeviceLock;
import io.github.lightning4j.tornado.devices.TornadoDevices;
import io.github.lightning4j.tornado.kernels.KernelFamily;

import uk.ac.manchester.tornado.api.common.TornadoDevice;

import java.util.HashMap;
import java.util.Map;

/**
 * The pool of a device with one family of kernels, for everybody in the process who opened it: the
 * memory is one, and what one has compiled serves the next. Freed when the last one closes it.
 *
 * <p>Thread-safe by {@link DeviceLock}, which callers hold.
 */
public final class SharedPool implements AutoCloseable {
    private static final Map<String, SharedPool> OPEN = new HashMap<>();

    /** Of each device, as long as the process lives. */
    private static final Map<String, PlanMemory> MEMORIES = new HashMap<>();

    private final String name;
    private final PlanPool pool;
    private final Map<Long, Ceilings> ceilings = new HashMap<>();
    private int users;
    private volatile boolean backwardTried;

    private SharedPool(String name, PlanPool pool) {
        this.name = name;
        this.pool = pool;
    }

    /**
     * The pool, one user more.
     *
     * @param id of the device
     * @param memory bytes of all plans at most, those with the other kernels included
     */
    public static SharedPool open(
            String id, KernelFamily family, TornadoDevice device, long memory) {
        SharedPool shared =
                OPEN.computeIfAbsent(
                        id + ":" + family,
                        name ->
                                new SharedPool(
                                        name,
                                        new PlanPool(
                                                family,
                                                device,
                                                MEMORIES.computeIfAbsent(
                                                        id, key -> new PlanMemory(id, memory)),
                                                TornadoDevices.limits(device))));
        shared.users++;
        return shared;
    }

    /** The pool itself. */
    public PlanPool pool() {
        return pool;
    }

    /** Whether the backward pass has been seen to be right. */
    public boolean isBackwardTried() {
        return backwardTried;
    }

    /** It has been. */
    public void setBackwardTried() {
        backwardTried = true;
    }

    /** What the device does at most; see {@link DeviceCeilings}. */
    public Ceilings ceilings(long workingSetBytes) {
        long size = DeviceCeilings.size(pool, workingSetBytes);
        return ceilings.computeIfAbsent(size, bytes -> DeviceCeilings.measure(pool, bytes));
    }

    /** One user less. */
    @Override
    public void close() {
        users--;
        if (users == 0) {
            OPEN.remove(name);
            pool.close();
        }
    }
}
