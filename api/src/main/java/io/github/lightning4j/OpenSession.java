package io.github.lightning4j;

import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackendSession;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.Supplier;

/** A session behind its {@link AttentionSession}. While one thread uses it a second is refused. */
final class OpenSession implements Owned {
    private final Sessions owner;
    private final BackendSession backend;
    private final long bytes;
    private final CallSite opened = CallSite.here();

    private final Turn turn = new Turn("the session", this::checkOpen);

    private volatile long[] tokens;
    private volatile boolean closed;

    /** Why it can only be closed; null while it can be used. */
    private volatile @Nullable String failure;

    private OpenSession(Sessions owner, BackendSession backend, long bytes, long[] tokens) {
        this.owner = owner;
        this.backend = backend;
        this.bytes = bytes;
        this.tokens = tokens;
    }

    /** Opens a session; without a state its sequences begin empty. */
    static OpenSession open(Sessions owner, int sequences, @Nullable AttentionState state) {
        BackendSession backend = owner.start(sequences, state);
        return adopted(
                owner,
                backend,
                sequences,
                () -> state == null ? new long[sequences] : state.tokens());
    }

    /** Makes the owner end it; if that fails nobody would, so it ends here. */
    private static OpenSession adopted(
            Sessions owner, BackendSession backend, int sequences, Supplier<long[]> tokens) {
        long bytes = owner.sessionMemory(sequences);
        OpenSession session;
        try {
            session = new OpenSession(owner, backend, bytes, tokens.get());
        } catch (RuntimeException | Error e) {
            owner.abandon(backend::close, bytes);
            throw e;
        }
        owner.adopt(session);
        return session;
    }

    void append(Tensor q, Tensor k, Tensor v, @Nullable PackedSequences packed, Tensor output) {
        turn.enter();
        try {
            appendAlone(new AttentionInputs(q, k, v, packed, null), output);
        } finally {
            turn.leave();
        }
    }

    private void appendAlone(AttentionInputs inputs, Tensor output) {
        AttentionProblem problem = Validation.problem(owner.config(), inputs, output);
        if (problem.sequences() != tokens.length) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "inputs have %d sequences; the session has %d",
                            problem.sequences(),
                            tokens.length));
        }
        long[] after = Validation.tokensAfter(tokens, problem);
        AttentionInterruptedException.check();
        AttentionState before = owner.verification().isOn() ? stateAlone() : null;
        try {
            backend.append(
                    problem,
                    inputs.q().memory(),
                    inputs.k().memory(),
                    inputs.v().memory(),
                    output.memory());
        } catch (AttentionInterruptedException e) {
            failure = e.isUnharmed() ? null : "an append was interrupted midway";
            throw e;
        } catch (RuntimeException | Error e) {
            failure = "an append failed midway";
            throw new ArgumentMemory().with(inputs).with("output", output).explain(e);
        }
        tokens = after;
        if (before != null) {
            verify(inputs.withInitialState(before), output);
        }
    }

    private void verify(AttentionInputs inputs, Tensor output) {
        try {
            owner.verification().check(inputs, output, stateAlone());
        } catch (RuntimeException | Error e) {
            throw new ArgumentMemory().with(inputs).with("output", output).explain(e);
        }
    }

    AttentionState state() {
        turn.enter();
        try {
            return stateAlone();
        } finally {
            turn.leave();
        }
    }

    private AttentionState stateAlone() {
        AttentionConfig config = owner.config();
        Tensor values =
                Tensor.allocate(
                        DType.F32,
                        tokens.length,
                        config.heads(),
                        config.keyDim(),
                        config.valueDim());
        backend.readState(values.segment());
        return AttentionState.of(values, config.slopes(), tokens, AttentionState.Origin.of(config));
    }

    OpenSession fork() {
        turn.enter();
        try {
            BackendSession copy = owner.counted(tokens.length, backend::fork);
            return adopted(owner, copy, tokens.length, tokens::clone);
        } finally {
            turn.leave();
        }
    }

    long tokens(int r) {
        Arguments.index("r", r, tokens.length);
        return tokens[r];
    }

    int sequences() {
        return tokens.length;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public String what() {
        return "a session of " + tokens.length + " sequences";
    }

    @Override
    public CallSite opened() {
        return opened;
    }

    @Override
    public void run() {
        turn.await(this::end);
    }

    private void end() {
        if (!closed) {
            closed = true;
            try {
                backend.close();
            } finally {
                owner.release(this, bytes);
            }
        }
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the session is closed");
        }
        String reason = failure;
        if (reason != null) {
            throw new IllegalStateException(reason + "; the session can only be closed");
        }
    }

    /** Says what this is and how many tokens it has seen. */
    @Override
    public String toString() {
        String sequences =
                tokens.length == 1
                        ? "1 sequence of " + tokens[0] + " tokens"
                        : String.format(
                                Locale.ROOT,
                                "%d sequences of %d ... %d tokens",
                                tokens.length,
                                Arrays.stream(tokens).min().getAsLong(),
                                Arrays.stream(tokens).max().getAsLong());
        String after = closed ? ", closed" : failure == null ? "" : ", " + failure;
        return "AttentionSession[" + sequences + after + "]";
    }
}
