package io.github.lightning4j.tornado;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.BackendException;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackwardBuffers;

import uk.ac.manchester.tornado.api.common.TornadoDevice;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Plans that nobody uses at the moment, the last used first, so that a shape seen before needs no
 * compilation. Bounded by number and by bytes: the plans that were not used for the longest time
 * are closed, which frees their memory on the device.
 *
 * <p>Thread-safe by {@link DeviceLock}, which callers hold.
 */
final class PlanPool implements AutoCloseable {
    private static final int MAX_IDLE = 16;

    private final Family family;
    private final TornadoDevice device;
    private final long memory;
    private final Deque<Plan> idle = new ArrayDeque<>();
    private long bytes;
    private long kernelNanos;
    private boolean clocked;

    /**
     * An empty pool.
     *
     * @param memory bytes of all plans at most, idle or not
     */
    PlanPool(Family family, TornadoDevice device, long memory) {
        this.family = family;
        this.device = device;
        this.memory = memory;
    }

    /** Which kernels. */
    Family family() {
        return family;
    }

    /** Bytes of all plans at most. */
    long memory() {
        return memory;
    }

    /** Bytes of all plans there are. */
    long bytes() {
        return bytes;
    }

    /** Time that kernels took since this was asked for the first time, in ns. */
    long kernelNanos() {
        clocked = true;
        return kernelNanos;
    }

    /** Takes an idle plan or makes one. */
    ForwardPlan take(PlanKey key) {
        return take(key, ForwardPlan.class, () -> new ForwardPlan(key, family, device));
    }

    /** Takes an idle plan or makes one. */
    BackwardPlan take(BackwardKey key) {
        return take(key, BackwardPlan.class, () -> new BackwardPlan(key, family, device));
    }

    private <P extends Plan> P take(PlanShape key, Class<P> type, Supplier<P> maker) {
        for (Iterator<Plan> plans = idle.iterator(); plans.hasNext(); ) {
            Plan plan = plans.next();
            if (plan.key().equals(key)) {
                plans.remove();
                return type.cast(plan);
            }
        }
        reserve(key.bytes(family), key.config());
        return maker.get();
    }

    /** Counts bytes of a plan that is about to be made, after idle ones that are in their way. */
    void reserve(long needed, AttentionConfig config) {
        while (bytes + needed > memory && !idle.isEmpty()) {
            discard(idle.removeLast());
        }
        if (bytes + needed > memory) {
            throw new BackendException(
                    "out of device memory: %s needs %,.1f MiB, sessions hold %,.1f MiB, and the limit is %,.1f MiB; close sessions or raise LIGHTNING_DEVICE_MEMORY"
                            .formatted(
                                    config,
                                    mebibytes(needed),
                                    mebibytes(bytes),
                                    mebibytes(memory)));
        }
        bytes += needed;
    }

    /** Bytes of a plan that is no more. */
    void release(long freed) {
        bytes -= freed;
    }

    /** A run that is timed once anyone has asked for {@link #kernelNanos}. */
    void clock(Runnable startClock, LongSupplier run) {
        if (clocked) {
            startClock.run();
        }
        kernelNanos += run.getAsLong();
    }

    /** The device the plans are for. */
    TornadoDevice device() {
        return device;
    }

    private static double mebibytes(long count) {
        return count / 1048576.0;
    }

    /** Gives a plan back. */
    void giveBack(Plan plan) {
        idle.addFirst(plan);
        if (idle.size() > MAX_IDLE) {
            discard(idle.removeLast());
        }
    }

    /** Closes a plan, because it failed or there is no room for it. */
    void discard(Plan plan) {
        bytes -= plan.key().bytes(family);
        plan.close();
    }

    /** Runs a window on a plan that was taken here. */
    void run(
            ForwardPlan plan,
            AttentionProblem problem,
            Window window,
            MemorySegment q,
            MemorySegment k,
            MemorySegment v,
            MemorySegment output) {
        clock(plan::startClock, () -> plan.run(problem, window, q, k, v, output));
    }

    /** Runs a window backwards on a plan that was taken here. */
    void run(
            BackwardPlan plan,
            AttentionProblem problem,
            Window window,
            BackwardBuffers buffers,
            MemorySegment states,
            MemorySegment gradients) {
        clock(plan::startClock, () -> plan.run(problem, window, buffers, states, gradients));
    }

    /** Moves every sequence a token on, on a plan that was taken here. */
    void decode(
            ForwardPlan plan,
            AttentionProblem problem,
            MemorySegment q,
            MemorySegment k,
            MemorySegment v,
            MemorySegment output) {
        clock(plan::startClock, () -> plan.decode(problem, q, k, v, output));
    }

    @Override
    public void close() {
        while (!idle.isEmpty()) {
            discard(idle.removeLast());
        }
    }
}
