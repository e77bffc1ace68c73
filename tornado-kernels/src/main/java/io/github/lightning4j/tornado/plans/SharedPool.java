package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.Ceilings;
import io.github.lightning4j.tornado.devices.DeviceLock;
import io.github.lightning4j.tornado.devices.TornadoDevices;
import io.github.lightning4j.tornado.kernels.KernelFamily;

import uk.ac.manchester.tornado.api.common.TornadoDevice;

import java.util.HashMap;
import java.util.Map;

/**
 * The pool of a device with one family of kernels, shared by everybody in the process who opened
 * that device: there is only one memory, and what one has compiled serves the next. It is freed
 * when the last user closes it.
 *
 * <p>Thread-safe by {@link DeviceLock}, which callers hold.
 */
public final class SharedPool implements AutoCloseable {
    private static final Map<String, SharedPool> OPEN = new HashMap<>();

    /** The memory of each device, kept as long as the process lives. */
    private static final Map<String, PlanMemory> MEMORIES = new HashMap<>();

    private final String name;
    private final PlanPool pool;
    private final SessionBanks sessions;
    private final Map<Long, Ceilings> ceilings = new HashMap<>();
    private int users;
    private volatile boolean backwardTried;

    private SharedPool(String name, PlanPool pool) {
        this.name = name;
        this.pool = pool;
        sessions = new SessionBanks(pool);
    }

    /** Opens the pool of a family for one more user; see the method with more parameters. */
    public static SharedPool open(
            String id, KernelFamily family, TornadoDevice device, long memory) {
        return open(id, family.toString(), family, device, memory);
    }

    /**
     * Opens the pool for one more user.
     *
     * @param id of the device
     * @param kernels what distinguishes pools of one family, apart from the device
     * @param memory the most bytes of all plans, including those with the other kernels
     */
    public static SharedPool open(
            String id, String kernels, KernelFamily family, TornadoDevice device, long memory) {
        SharedPool shared =
                OPEN.computeIfAbsent(
                        id + ":" + kernels,
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

    /** The slots of all sessions. */
    public SessionBanks sessions() {
        return sessions;
    }

    /** Whether the backward pass has passed its self-test. */
    public boolean isBackwardTried() {
        return backwardTried;
    }

    /** Remembers that the backward pass has passed its self-test. */
    public void setBackwardTried() {
        backwardTried = true;
    }

    /** The most that the device can do; see {@link DeviceCeilings}. */
    public Ceilings ceilings(long workingSetBytes) {
        long size = DeviceCeilings.size(pool, workingSetBytes);
        return ceilings.computeIfAbsent(size, bytes -> DeviceCeilings.measure(pool, bytes));
    }

    /** Ends the use by one user. */
    @Override
    public void close() {
        users--;
        if (users == 0) {
            OPEN.remove(name);
            pool.close();
        }
    }
}
