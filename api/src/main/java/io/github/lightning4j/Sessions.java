package io.github.lightning4j;

import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.BackendMemory;
import io.github.lightning4j.spi.BackendPool;
import io.github.lightning4j.spi.BackendSession;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * The sessions, pools and tensors of a {@link LightningAttention}, which end with it, and whether
 * it has ended. Thread-safe.
 */
final class Sessions {
    private final AttentionConfig config;
    private final Backend backend;
    private final DeviceVerification verification;
    private final Set<Runnable> open = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final SessionMemory memory;

    Sessions(
            AttentionConfig config,
            Backend backend,
            DeviceVerification verification,
            OptionalLong budget) {
        memory = new SessionMemory(budget);
        this.config = config;
        this.backend = backend;
        this.verification = verification;
    }

    /** Opens the backend's part of a session; without a state its sequences begin empty. */
    BackendSession start(int sequences, @Nullable AttentionState state) {
        checkSequences(sequences);
        if (state != null) {
            Validation.checkState("state", state, config, sequences);
        }
        checkOpen();
        checkHasState();
        Tensor values = state == null ? null : state.values();
        MemorySegment segment = values == null ? null : values.segment();
        try {
            return counted(sequences, () -> backend.openSession(config, sequences, segment));
        } catch (RuntimeException | Error e) {
            throw new ArgumentMemory().with("state", values).explain(e);
        }
    }

    /** Opens a session within the budget; if that fails it no longer counts. */
    BackendSession counted(int sequences, Supplier<BackendSession> opening) {
        return counted(
                "a session of " + sequences + " sequences", sessionMemory(sequences), opening);
    }

    private <T> T counted(String what, long bytes, Supplier<T> opening) {
        memory.take(what, bytes);
        try {
            return opening.get();
        } catch (OutOfMemoryError e) {
            memory.giveBack(bytes);
            throw InsufficientMemoryException.of(
                    String.format(Locale.ROOT, "%s, %,d bytes", what, bytes), e);
        } catch (RuntimeException | Error e) {
            memory.giveBack(bytes);
            throw e;
        }
    }

    /** The memory of this process that a session takes. */
    long sessionMemory(int sequences) {
        checkSequences(sequences);
        checkHasState();
        return backend.sessionMemory(config, sequences);
    }

    /** Opens the backend's part of a pool. */
    BackendPool startPool(int slots, PoolOptions options) {
        long bytes = poolMemory(slots, options);
        checkOpen();
        return counted(
                "a pool of " + slots + " slots",
                bytes,
                () -> backend.openPool(config, slots, options));
    }

    /** The memory of this process that a pool takes. */
    long poolMemory(int slots, PoolOptions options) {
        if (slots < 1) {
            throw new IllegalArgumentException("slots is " + slots + "; it must be >= 1");
        }
        Arguments.given("options", options, "PoolOptions");
        Validation.checkStreams("a pool", slots, config);
        Validation.checkHasState(config, "a pool of states; call attend with all tokens");
        if (verification.isOn() && options.stateBits() < Float.SIZE) {
            throw new IllegalArgumentException(
                    "verifyDevice compares what states of 32 bits give; it cannot verify a pool of "
                            + options.stateBits()
                            + " bits");
        }
        return backend.poolMemory(config, slots, options);
    }

    /** The memory that all sessions and pools take. */
    MemoryUse memory() {
        return memory.use();
    }

    private void checkSequences(int sequences) {
        if (sequences < 1) {
            throw new IllegalArgumentException("sequences is " + sequences + "; it must be >= 1");
        }
        Validation.checkStreams("a session", sequences, config);
    }

    private void checkHasState() {
        Validation.checkHasState(config, "a session; call forward with all tokens");
    }

    /** Registers what ends a session, a pool or a tensor. */
    void adopt(Runnable end) {
        open.add(end);
        if (closed.get()) {
            // close() may have looked at the sessions before this one was there.
            end.run();
            checkOpen();
        }
    }

    /** Allocates memory of a tensor that the backend copies directly. */
    BackendMemory allocate(DType dtype, long[] shape) {
        long bytes = Shapes.byteSize(dtype, shape);
        try {
            return backend.allocate(bytes);
        } catch (OutOfMemoryError e) {
            throw InsufficientMemoryException.of(dtype + Arrays.toString(shape), bytes, e);
        }
    }

    /** Forgets what has ended. */
    void forget(Runnable end) {
        open.remove(end);
    }

    /** Ends what was started and got no owner. */
    void abandon(Runnable end, long bytes) {
        try {
            end.run();
        } finally {
            memory.giveBack(bytes);
        }
    }

    /** Forgets what has ended and freed its memory. */
    void release(Runnable end, long bytes) {
        forget(end);
        memory.giveBack(bytes);
    }

    AttentionConfig config() {
        return config;
    }

    DeviceVerification verification() {
        return verification;
    }

    /** Ends all of them; false if that was done before. */
    boolean close() {
        if (closed.getAndSet(true)) {
            return false;
        }
        List.copyOf(open).forEach(Runnable::run);
        return true;
    }

    void checkOpen() {
        if (closed.get()) {
            throw new IllegalStateException("this LightningAttention is closed");
        }
    }
}
