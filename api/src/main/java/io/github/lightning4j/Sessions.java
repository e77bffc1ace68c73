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
    private final Set<AttentionSession> open = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean closed = new AtomicBoolean();

    Sessions(AttentionConfig config, Backend backend, DeviceVerification verification) {
        this.config = config;
        this.backend = backend;
        this.verification = verification;
    }

    /** One more, of sequences that begin empty where there is no state. */
    AttentionSession open(int sequences, @Nullable AttentionState state) {
        checkOpen();
        Validation.checkHasState(config, "a session; call forward with all tokens");
        Tensor values = state == null ? null : state.values();
        BackendSession session;
        try {
            session =
                    backend.openSession(
                            config, sequences, values == null ? null : values.segment());
        } catch (RuntimeException | Error e) {
            throw new ArgumentMemory().with("state", values).explain(e);
        }
        return adopt(
                new AttentionSession(
                        this, session, state == null ? new long[sequences] : state.tokens()));
    }

    /** Takes in a session, also one that another was forked into. */
    AttentionSession adopt(AttentionSession session) {
        open.add(session);
        if (closed.get()) {
            // close() may have looked at the sessions before this one was there.
            session.close();
            checkOpen();
        }
        return session;
    }

    void release(AttentionSession session) {
        open.remove(session);
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
        List.copyOf(open).forEach(AttentionSession::close);
        return true;
    }

    void checkOpen() {
        if (closed.get()) {
            throw new IllegalStateException("this LightningAttention is closed");
        }
    }
}
