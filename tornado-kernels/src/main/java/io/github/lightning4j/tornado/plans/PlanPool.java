package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInterruptedException;
import io.github.lightning4j.BackendException;
import io.github.lightning4j.DType;
import io.github.lightning4j.spi.BackendMemory;
import io.github.lightning4j.tornado.devices.DeviceLimits;
import io.github.lightning4j.tornado.devices.DeviceLock;
import io.github.lightning4j.tornado.kernels.KernelFamily;
import io.github.lightning4j.tornado.memory.DeviceArrays;
import io.github.lightning4j.tornado.memory.Homes;
import io.github.lightning4j.tornado.memory.HostScratch;
import io.github.lightning4j.tornado.memory.TensorBlock;
import io.github.lightning4j.tornado.tasks.BackwardKey;
import io.github.lightning4j.tornado.tasks.PairKey;
import io.github.lightning4j.tornado.tasks.PlanKey;
import io.github.lightning4j.tornado.tasks.PlanShape;
import io.github.lightning4j.tornado.tasks.PoolShape;
import io.github.lightning4j.tornado.tasks.StateKey;
import io.github.lightning4j.tornado.tasks.TensorBackwardKey;
import io.github.lightning4j.tornado.tasks.TensorKey;
import io.github.lightning4j.tornado.tasks.TensorStateKey;

import uk.ac.manchester.tornado.api.common.TornadoDevice;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Plans that are not in use at the moment, the last used first, so that a shape seen before needs
 * no compilation. Their number and bytes are bounded: the least recently used plans are closed,
 * which frees their memory on the device.
 *
 * <p>Thread-safe by {@link DeviceLock}, which callers hold.
 */
public final class PlanPool implements AutoCloseable, PlanMemory.Holder {
    /** A service meets lengths in turn: two or three plans an octave, over ten octaves and more. */
    private static final int MAX_IDLE = 32;

    private final KernelFamily family;
    private final TensorCores tensorCores;
    private final TornadoDevice device;
    private final PlanMemory memory;
    private final DeviceLimits limits;
    private final Deque<Plan> idle = new ArrayDeque<>();
    private final HostScratch scratch = new HostScratch();
    private final PlanHomes homes = new PlanHomes();
    private final KernelClock clock = new KernelClock();
    private boolean closed;

    /**
     * An empty pool.
     *
     * @param memory what its plans take their bytes from
     * @param limits what the device allows
     */
    public PlanPool(
            KernelFamily family, TornadoDevice device, PlanMemory memory, DeviceLimits limits) {
        this.family = family.others();
        tensorCores = new TensorCores(family == KernelFamily.TENSOR, limits.tensorGroups());
        this.device = device;
        this.memory = memory;
        this.limits = limits;
        memory.join(this);
    }

    /** The kernels of its plans, but for those that {@link #tensorCores} take. */
    public KernelFamily family() {
        return family;
    }

    /** What its tensor cores take, if anything. */
    public TensorCores tensorCores() {
        return tensorCores;
    }

    /** The most bytes of all plans. */
    public long memory() {
        return memory.limit();
    }

    /** The most elements of an array of a plan. */
    public long maxElements() {
        return limits.maxElements();
    }

    /** The key of a plan. */
    public PlanKey key(AttentionConfig config, DType inputType, int sequences, int tokens) {
        int atOnce = limits.segmentsAtOnce(family, config);
        return new PlanKey(config, inputType, sequences, tokens, atOnce);
    }

    /** Bytes of all plans that exist on the device. */
    public long bytes() {
        return memory.bytes();
    }

    /** Time that kernels took since this was asked for the first time, in ns. */
    public long kernelNanos() {
        return clock.nanos();
    }

    /** Takes an idle plan or makes one, of which no array lies over a tensor. */
    ForwardPlan take(PlanKey key) {
        return take(key, Homes.NONE);
    }

    /** Takes an idle plan or makes one. */
    ForwardPlan take(PlanKey key, Homes homes) {
        return take(
                key,
                homes,
                ForwardPlan.class,
                arrays -> new ForwardPlan(key, family, device, arrays, clock));
    }

    /** Takes an idle plan or makes one. */
    ForwardPlan take(TensorKey key, Homes homes) {
        return take(
                key,
                homes,
                ForwardPlan.class,
                arrays -> new ForwardPlan(key, device, arrays, clock));
    }

    /** Takes an idle plan or makes one. */
    BackwardPlan take(BackwardKey key, Homes homes) {
        return take(
                key,
                homes,
                BackwardPlan.class,
                arrays -> new BackwardPlan(key, family, device, arrays, clock));
    }

    /** Takes an idle plan or makes one. */
    TensorBackwardPlan take(TensorBackwardKey key, Homes homes) {
        return take(
                key,
                homes,
                TensorBackwardPlan.class,
                arrays -> new TensorBackwardPlan(key, device, arrays, clock));
    }

    /** Takes an idle plan or makes one. */
    PairPlan take(PairKey key) {
        return take(
                key,
                Homes.NONE,
                PairPlan.class,
                arrays -> new PairPlan(key, family, device, arrays, clock));
    }

    /** Takes an idle plan or makes one. */
    StatePlan take(StateKey key, Homes homes) {
        return take(
                key,
                homes,
                StatePlan.class,
                arrays -> new StatePlan(key, family, device, arrays, clock));
    }

    /** Takes an idle plan or makes one. */
    TensorStatePlan take(TensorStateKey key, Homes homes) {
        return take(
                key,
                homes,
                TensorStatePlan.class,
                arrays -> new TensorStatePlan(key, device, arrays, clock));
    }

    /** Takes idle places or makes them. */
    DevicePool take(PoolShape shape) {
        return take(
                shape,
                Homes.NONE,
                DevicePool.class,
                arrays -> new DevicePool(shape, family.others(), device, arrays, clock));
    }

    private <P extends Plan> P take(
            PlanShape key, Homes wanted, Class<P> type, Function<DeviceArrays, P> maker) {
        Plan best = null;
        for (Plan plan : idle) {
            if (plan.key().serves(key)
                    && homes.of(plan).equals(wanted)
                    && (best == null || plan.key().bytes(family) < best.key().bytes(family))) {
                best = plan;
            }
        }
        if (best != null) {
            idle.remove(best);
            return type.cast(best);
        }
        P made =
                counted(
                        key.bytes(family),
                        key.config(),
                        () -> DeviceArrays.fill(device, wanted, maker));
        homes.settle(made, wanted);
        return made;
    }

    /** Begins to say which arrays of a plan may lie over tensors of a call. */
    Homes.Choice homes() {
        return homes.choice();
    }

    /** Memory of the host for whoever has the device's turn. */
    HostScratch scratch() {
        return scratch;
    }

    /** Allocates memory of a tensor over which arrays of plans can lie. */
    public BackendMemory allocate(long bytes) {
        return homes.allocate(device, bytes, this::closePlansOver);
    }

    /** Closes the plans that have arrays over it, none of which is in use now. */
    private void closePlansOver(TensorBlock block) {
        for (Plan plan : List.copyOf(idle)) {
            if (homes.of(plan).include(block)) {
                idle.remove(plan);
                discard(plan);
            }
        }
    }

    /**
     * Makes a plan and counts its bytes; closes idle plans first if it needs their memory.
     *
     * @param needed bytes on the device
     * @param what it is for, in words
     */
    <P> P counted(long needed, Object what, Supplier<P> maker) {
        memory.reserve(needed, what, this);
        try {
            return maker.get();
        } catch (RuntimeException | Error e) {
            release(needed);
            throw e;
        }
    }

    /** What to throw for a failure; if memory was short, with need and limit. */
    public BackendException failure(Throwable e) {
        return memory.failure(e);
    }

    /**
     * Runs something alone that may fail and leave what it works with unusable. An interrupt is no
     * failure: it ends the work between two runs of a plan, which can be used again.
     *
     * @param abandon gives up what failed
     */
    void guarded(Runnable work, Consumer<Throwable> abandon) {
        DeviceLock.run(() -> {
            try {
                work.run();
            } catch (AttentionInterruptedException e) {
                throw e;
            } catch (RuntimeException | Error e) {
                BackendException failure = failure(e);
                abandon.accept(failure);
                throw failure;
            }
        });
    }

    /** Runs something alone on a plan that is given back afterwards, or closed if that fails. */
    <P extends Plan> void using(Supplier<P> taken, Consumer<P> work) {
        List<P> out = new ArrayList<>();
        guarded(
                () -> {
                    P plan = taken.get();
                    out.add(plan);
                    try {
                        work.accept(plan);
                    } catch (AttentionInterruptedException e) {
                        giveBack(plan);
                        throw e;
                    }
                    out.clear();
                    giveBack(plan);
                },
                failure -> out.forEach(plan -> abandon(plan, failure)));
    }

    /** Closes a plan that failed; a failure to close it is added to the cause. */
    void abandon(Plan plan, Throwable cause) {
        try {
            discard(plan);
        } catch (RuntimeException | Error e) {
            cause.addSuppressed(e);
        }
    }

    @Override
    public void closeIdleFor(long needed) {
        while (memory.lacks(needed) && !idle.isEmpty()) {
            discard(idle.removeLast());
        }
    }

    @Override
    public long idleBytes() {
        return idle.stream().mapToLong(plan -> plan.key().bytes(family)).sum();
    }

    /** Bytes that a plan can have once all idle plans are closed. */
    long room() {
        return memory.room();
    }

    /** Stops counting the bytes of a plan that was closed. */
    void release(long freed) {
        memory.release(freed);
    }

    /** The device the plans are for. */
    public TornadoDevice device() {
        return device;
    }

    /** Gives a plan back. */
    void giveBack(Plan plan) {
        idle.addFirst(plan);
        if (idle.size() > MAX_IDLE || closed) {
            discard(idle.removeLast());
        }
    }

    /** Closes a plan, because it failed or there is no room for it. */
    void discard(Plan plan) {
        release(plan.key().bytes(family));
        homes.leave(plan);
        plan.close();
    }

    /** Closes all idle plans; if one fails to close, the others are closed all the same. */
    @Override
    public void close() {
        closed = true;
        memory.leave(this);
        scratch.close();
        RuntimeException first = null;
        while (!idle.isEmpty()) {
            try {
                discard(idle.removeLast());
            } catch (RuntimeException e) {
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
