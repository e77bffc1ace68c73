package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.tornado.devices.DeviceLock;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What plans may take of one device's memory, and do: the holders of both families of kernels share
 * it.
 *
 * <p>Thread-safe by {@link DeviceLock}, which callers hold.
 */
public final class PlanMemory {
    /** Who has plans that nobody uses at the moment. */
    interface Holder {
        /** Closes what nobody uses until there is room for so much more. */
        void closeIdleFor(long needed);

        /** Bytes of what nobody uses. */
        long idleBytes();
    }

    private final String device;
    private final long limit;
    private final Set<Holder> holders = new LinkedHashSet<>();
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

    /** One that takes of it. */
    void join(Holder holder) {
        holders.add(holder);
    }

    /** One that has nothing idle any more. */
    void leave(Holder holder) {
        holders.remove(holder);
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

    /** Makes room as far as that can be done by closing what is idle, the asker's own first. */
    void makeRoom(long needed, Holder own) {
        own.closeIdleFor(needed);
        for (Holder holder : List.copyOf(holders)) {
            holder.closeIdleFor(needed);
        }
    }

    /** Bytes that a plan can have after all that is idle is closed. */
    long room() {
        return limit - bytes + holders.stream().mapToLong(Holder::idleBytes).sum();
    }

    /** Counts a plan, or with a negative number one that is no more. */
    void add(long more) {
        bytes += more;
    }
}
