package io.github.lightning4j.tornado;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.BackendException;
import io.github.lightning4j.Ceilings;
import io.github.lightning4j.Device;
import io.github.lightning4j.PoolOptions;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.BackendMemory;
import io.github.lightning4j.spi.BackendPool;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.BackwardBuffers;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.spi.StateBuffers;
import io.github.lightning4j.spi.StateGradientBuffers;
import io.github.lightning4j.tornado.devices.DeviceLock;
import io.github.lightning4j.tornado.kernels.ChunkTable;
import io.github.lightning4j.tornado.memory.DeviceArrays;
import io.github.lightning4j.tornado.plans.BackwardWindows;
import io.github.lightning4j.tornado.plans.DeviceCeilings;
import io.github.lightning4j.tornado.plans.ForwardPass;
import io.github.lightning4j.tornado.plans.PairPass;
import io.github.lightning4j.tornado.plans.Places;
import io.github.lightning4j.tornado.plans.PlanPool;
import io.github.lightning4j.tornado.plans.SessionSlots;
import io.github.lightning4j.tornado.plans.SharedPool;
import io.github.lightning4j.tornado.plans.StateWindows;
import io.github.lightning4j.tornado.plans.TensorCores;
import io.github.lightning4j.tornado.plans.WindowSizes;
import io.github.lightning4j.tornado.tasks.PlanKey;
import io.github.lightning4j.tornado.tasks.PoolShape;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * An opened TornadoVM device. Thread-safe: calls take turns on the device.
 *
 * <p>A call whose thread is interrupted ends while it waits for its turn, or between two windows,
 * never within one: TornadoVM cannot end what it has begun. A window is as many tokens as half of
 * the device's memory holds, or all of them.
 */
final class DeviceBackend implements Backend {
    private final Device device;
    private final SharedPool shared;
    private final PlanPool pool;
    private final PairPass pairs;

    DeviceBackend(Device device, SharedPool shared) {
        this.device = device;
        this.shared = shared;
        pool = shared.pool();
        pairs = new PairPass(pool);
    }

    @Override
    public Device device() {
        return device;
    }

    /** What is wrong with kernels on tensor cores, or nothing. */
    String tensorFailure(TensorCores.Kernels kernels) {
        return DeviceLock.with(() -> pool.tensorCores().failure(kernels));
    }

    @Override
    public int blockRows(AttentionConfig config) {
        return ChunkTable.CHUNK;
    }

    /**
     * Measured by the device's clock, in kernels that TornadoVM compiles, once for each size. Empty
     * where there is too little memory for a working set larger than the caches.
     */
    @Override
    public Optional<Ceilings> measureCeilings(long workingSetBytes) {
        return DeviceLock.with(() -> {
            try {
                return DeviceCeilings.fits(pool)
                        ? Optional.of(shared.ceilings(workingSetBytes))
                        : Optional.empty();
            } catch (RuntimeException | Error e) {
                throw pool.failure(e);
            }
        });
    }

    @Override
    public Optional<Duration> kernelTime() {
        return Optional.of(DeviceLock.with(() -> Duration.ofNanos(pool.kernelNanos())));
    }

    @Override
    public OptionalLong deviceMemory() {
        return OptionalLong.of(DeviceLock.with(pool::bytes));
    }

    @Override
    public void forward(AttentionProblem problem, ForwardBuffers buffers) {
        switch (problem.config().algorithm()) {
            case LIGHTNING_2, LIGHTNING_1 -> {}
            case LEFT_PRODUCT, RIGHT_PRODUCT, SOFTMAX -> {
                pairs(problem, buffers);
                return;
            }
        }
        int slots = slots(problem);
        for (int first = 0; first < problem.sequences(); first += slots) {
            int sequences = Math.min(slots, problem.sequences() - first);
            forward(problem, buffers, first, sequences);
        }
    }

    /**
     * Computes some of the sequences; no other caller gets a turn while a plan is in use for them.
     */
    private void forward(
            AttentionProblem problem, ForwardBuffers buffers, int first, int sequences) {
        DeviceLock.pass(
                first > 0,
                () ->
                        new ForwardPass(pool, problem, first, sequences, true)
                                .run(
                                        buffers,
                                        part(buffers.initialState(), first, sequences, problem),
                                        part(buffers.finalState(), first, sequences, problem)));
    }

    private static @Nullable MemorySegment part(
            @Nullable MemorySegment states, int first, int sequences, AttentionProblem problem) {
        long bytes = PlanKey.stateBytes(problem.config());
        return states == null ? null : states.asSlice(first * bytes, sequences * bytes);
    }

    @Override
    public void backward(AttentionProblem problem, BackwardBuffers buffers) {
        tryBackward();
        gradients(problem, buffers);
    }

    /** Compares a small backward pass with the definition, before the first one. */
    private void tryBackward() {
        if (!shared.isBackwardTried()) {
            String failure = SelfTest.backward(this::gradients);
            if (!failure.isEmpty()) {
                throw new BackendException(
                        String.format(
                                Locale.ROOT,
                                "%s failed the self-test of its backward pass: %s; update its"
                                        + " driver, or name another device or cpu",
                                device.id(),
                                failure));
            }
            shared.setBackwardTried();
        }
    }

    @Override
    public void finalState(AttentionProblem problem, StateBuffers buffers) {
        checkHasStates(problem.config());
        states(StateWindows.of(pool, problem, buffers), problem, slots(problem));
    }

    @Override
    public void initialStateGradient(AttentionProblem problem, StateGradientBuffers buffers) {
        tryBackward();
        states(StateWindows.of(pool, problem, buffers), problem, slots(problem));
    }

    private int slots(AttentionProblem problem) {
        return Math.min(problem.sequences(), WindowSizes.sequences(problem.config(), pool));
    }

    private static void states(StateWindows windows, AttentionProblem problem, int slots) {
        for (int first = 0; first < problem.sequences(); first += slots) {
            int from = first;
            int sequences = Math.min(slots, problem.sequences() - first);
            DeviceLock.pass(first > 0, () -> windows.run(from, sequences));
        }
    }

    private void checkHasStates(AttentionConfig config) {
        switch (config.algorithm()) {
            case LIGHTNING_2, LIGHTNING_1 -> {}
            case LEFT_PRODUCT, RIGHT_PRODUCT, SOFTMAX -> throw withoutStates(config);
        }
    }

    /** Computes the backward pass. */
    private void gradients(AttentionProblem problem, BackwardBuffers buffers) {
        int slots =
                Math.min(
                        problem.sequences(), WindowSizes.backwardSequences(problem.config(), pool));
        for (int first = 0; first < problem.sequences(); first += slots) {
            int sequences = Math.min(slots, problem.sequences() - first);
            BackwardWindows windows = new BackwardWindows(pool, problem, buffers, first, sequences);
            DeviceLock.pass(first > 0, windows::run);
        }
    }

    /**
     * Memory over which arrays of plans can lie. With the PTX backend, which leaves pages locked,
     * it is ordinary memory.
     */
    @Override
    public BackendMemory allocate(long bytes) {
        return DeviceArrays.isRecycled(pool.device())
                ? Backend.super.allocate(bytes)
                : DeviceLock.with(() -> pool.allocate(bytes));
    }

    @Override
    public BackendSession openSession(
            AttentionConfig config, int sequences, @Nullable MemorySegment initialState) {
        checkHasStates(config);
        int most = WindowSizes.sequences(config, pool);
        if (sequences > most) {
            throw new BackendException(
                    String.format(
                            Locale.ROOT,
                            "out of device memory: the states of %,d sequences need %,d MiB three"
                                    + " times, and %s has room for %,d sequences in %,d MiB; raise"
                                    + " LIGHTNING_DEVICE_MEMORY",
                            sequences,
                            (PlanKey.stateBytes(config) * sequences) >> 20,
                            device.id(),
                            most,
                            pool.memory() >> 20));
        }
        checkExtent(
                "a session of %,d sequences",
                sequences, PoolShape.ofSessions(config, sequences, pool.family()));
        return new TornadoSession(
                SessionSlots.open(shared.sessions(), config, sequences, initialState));
    }

    @Override
    public BackendPool openPool(AttentionConfig config, int slots, PoolOptions options) {
        PoolShape pooled = shape(config, slots, options);
        checkExtent("a pool of %,d slots", slots, pooled);
        return new TornadoPool(Places.open(pool, pooled, options.rollback()));
    }

    private void checkExtent(String what, int slots, PoolShape shape) {
        if (shape.largestExtent(pool.family()) > pool.maxElements()) {
            throw new BackendException(
                    String.format(
                            Locale.ROOT,
                            what
                                    + " needs an array of %,d floats, and %s has arrays of at most"
                                    + " %,d; open several smaller ones",
                            slots,
                            shape.largestExtent(pool.family()),
                            device.id(),
                            pool.maxElements()));
        }
    }

    /** What TornadoVM's arrays take of this process is as much as on the device. */
    @Override
    public long sessionMemory(AttentionConfig config, int sequences) {
        return sequences * PoolShape.ofSessions(config, sequences, pool.family()).slotBytes();
    }

    /** The same. */
    @Override
    public long poolMemory(AttentionConfig config, int slots, PoolOptions options) {
        return shape(config, slots, options).bytes(pool.family());
    }

    private PoolShape shape(AttentionConfig config, int slots, PoolOptions options) {
        checkHasStates(config);
        if (options.stateBits() != Float.SIZE) {
            throw new BackendException(
                    "device " + device.id() + " has pools with states of 32 bits only");
        }
        return PoolShape.of(config, slots, options);
    }

    private void pairs(AttentionProblem problem, ForwardBuffers buffers) {
        if (buffers.initialState() != null || buffers.finalState() != null) {
            throw withoutStates(problem.config());
        }
        DeviceLock.pass(false, () -> pairs.run(problem, buffers));
    }

    private BackendException withoutStates(AttentionConfig config) {
        return new BackendException(
                String.format(
                        Locale.ROOT,
                        "device %s has %s without states and sessions; LIGHTNING_2 computes the"
                                + " same with them, or use --device cpu",
                        device.id(),
                        config.algorithm()));
    }

    @Override
    public void close() {
        DeviceLock.run(shared::close);
    }
}
