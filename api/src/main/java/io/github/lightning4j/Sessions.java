package io.github.lightning4j;

import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.BackendSession;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The sessions of a {@link LightningAttention}, which end with it, and whether it has ended.
 * Thread-safe.
 */
final class Sessions {
    private final AttentionConfig config;
    private final Backend backend;
    private final DeviceVerification verification;
    private final Set<Runnable> open = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean closed = new AtomicBoolean();

    Sessions(AttentionConfig config, Backend backend, DeviceVerification verification) {
        this.config = config;
        this.backend = backend;
        this.verification = verification;
    }

    /** The backend's part of one more, of sequences that begin empty where there is no state. */
    BackendSession start(int sequences, @Nullable AttentionState state) {
        if (sequences < 1) {
            throw new IllegalArgumentException("sequences is " + sequences + "; it must be >= 1");
        }
        if (state == null) {
            Validation.checkStreams("a session", sequences, config);
        } else {
            Validation.checkState("state", state, config, sequences);
        }
        checkOpen();
        Validation.checkHasState(config, "a session; call forward with all tokens");
        Tensor values = state == null ? null : state.values();
        try {
            return backend.openSession(config, sequences, values == null ? null : values.segment());
        } catch (RuntimeException | Error e) {
            throw new ArgumentMemory().with("state", values).explain(e);
        }
    }

    /** Takes in what ends a session. */
    void adopt(Runnable end) {
        open.add(end);
        if (closed.get()) {
            // close() may have looked at the sessions before this one was there.
            end.run();
            checkOpen();
        }
    }

    void release(Runnable end) {
        open.remove(end);
    }

    AttentionConfig config() {
        return config;
    }

    DeviceVerification verification() {
        return verification;
    }

    /** Ends all; false where that has been done. */
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
