package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.BackendException;
import io.github.lightning4j.tornado.devices.DeviceLock;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The memory that plans may take of one device, and the memory that they do take. The holders of
 * both families of kernels share it.
 *
 * <p>Thread-safe by {@link DeviceLock}, which callers hold.
 */
public final class PlanMemory {
    /** A holder of plans that are not in use at the moment. */
    interface Holder {
        /** Closes idle plans until there is room for {@code needed} bytes. */
        void closeIdleFor(long needed);

        /** Bytes of idle plans. */
        long idleBytes();
    }

    private final String device;
    private final long limit;
    private final Set<Holder> holders = new LinkedHashSet<>();
    private long bytes;
    private String lastNeed = "nothing was asked for";

    /**
     * Memory of which nothing is taken yet.
     *
     * @param device its id, for errors
     * @param limit the most bytes of all plans, idle or not
     */
    public PlanMemory(String device, long limit) {
        this.device = device;
        this.limit = limit;
    }

    /** Adds a holder. */
    void join(Holder holder) {
        holders.add(holder);
    }

    /** Removes a holder, which has no idle plans any more. */
    void leave(Holder holder) {
        holders.remove(holder);
    }

    /** The most bytes of all plans. */
    long limit() {
        return limit;
    }

    /** Bytes of all plans that exist. */
    long bytes() {
        return bytes;
    }

    /** Whether there is no room for {@code needed} bytes. */
    boolean lacks(long needed) {
        return bytes + needed > limit;
    }

    /** Makes room as far as closing idle plans can do that, those of {@code own} first. */
    private void makeRoom(long needed, Holder own) {
        own.closeIdleFor(needed);
        for (Holder holder : List.copyOf(holders)) {
            holder.closeIdleFor(needed);
        }
    }

    /** Bytes that a plan can have once all idle plans are closed. */
    long room() {
        return limit - bytes + holders.stream().mapToLong(Holder::idleBytes).sum();
    }

    /**
     * Counts a plan that is about to be made; closes idle ones first if it needs their memory.
     *
     * @param needed bytes
     * @param what it is for, in words
     * @param own whose idle plans are closed first
     * @throws BackendException if there is not enough room
     */
    void reserve(long needed, Object what, Holder own) {
        lastNeed = String.format(Locale.ROOT, "%s needs %,.1f MiB", what, mebibytes(needed));
        makeRoom(needed, own);
        if (lacks(needed)) {
            throw new BackendException(
                    String.format(
                            Locale.ROOT,
                            "out of device memory: %s, sessions hold %,.1f MiB on %s, and the limit"
                                + " is %,.1f MiB; close sessions or raise LIGHTNING_DEVICE_MEMORY",
                            lastNeed,
                            mebibytes(bytes),
                            device,
                            mebibytes(limit)));
        }
        bytes += needed;
    }

    /** Stops counting a plan that was closed. */
    void release(long freed) {
        bytes -= freed;
    }

    /** What to throw for a failure; if memory was short, with need and limit. */
    BackendException failure(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            // TornadoVM's own exception is not a subclass of the JVM's error.
            if (cause.getClass().getSimpleName().contains("OutOfMemory")) {
                return new BackendException(
                        String.format(
                                Locale.ROOT,
                                "out of memory of %s or of the host, which has each array too (%s):"
                                    + " %s, all plans take %,.1f MiB, and the limit is %,.1f MiB;"
                                    + " lower LIGHTNING_DEVICE_MEMORY, so that calls run in smaller"
                                    + " parts",
                                device,
                                cause.getMessage(),
                                lastNeed,
                                mebibytes(bytes),
                                mebibytes(limit)),
                        e);
            }
        }
        return e instanceof BackendException already
                ? already
                : new BackendException(device + " failed: " + e, e);
    }

    private static double mebibytes(long count) {
        return count / 1048576.0;
    }
}
