package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.tornado.devices.DeviceLock;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What plans may take of one device's memory, and do: the pools of both families of kernels share
 * it.
 *
 * <p>Thread-safe by {@link DeviceLock}, which callers hold.
 */
public final class PlanMemory {
    private final String device;
    private final long limit;
    private final Set<PlanPool> pools = new LinkedHashSet<>();
    private long bytes;

    /**
     * Nothing taken yet.
     *
     * @param device its id, for errors
     * @param limit bytes of all plans at most, idle or not
     */
    public PlanMemory(String device, long limit) {
        this.device = device;
        this.limit = limit;
    }

    /** A pool that takes of it. */
    void join(PlanPool pool) {
        pools.add(pool);
    }

    /** A pool that has nothing idle any more. */
    void leave(PlanPool pool) {
        pools.remove(pool);
    }

    /** Id of the device. */
    String device() {
        return device;
    }

    /** Bytes of all plans at most. */
    long limit() {
        return limit;
    }

    /** Bytes of all plans there are. */
    long bytes() {
        return bytes;
    }

    /** Whether there is no room for so much more. */
    boolean lacks(long needed) {
        return bytes + needed > limit;
    }

    /** Makes room as far as that can be done by closing what is idle, a pool's own first. */
    void makeRoom(long needed, PlanPool own) {
        own.closeIdleFor(needed);
        for (PlanPool pool : List.copyOf(pools)) {
            pool.closeIdleFor(needed);
        }
    }

    /** Bytes that a plan can have after all that is idle is closed. */
    long room() {
        return limit - bytes + pools.stream().mapToLong(PlanPool::idleBytes).sum();
    }

    /** Counts a plan, or with a negative number one that is no more. */
    void add(long more) {
        bytes += more;
    }
}
