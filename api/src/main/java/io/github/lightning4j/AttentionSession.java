package io.github.lightning4j;

import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackendSession;

import org.jspecify.annotations.Nullable;

import java.util.Locale;

/**
 * Growing sequences: append any number of tokens at a time, at constant cost and memory per token.
 *
 * <p>Prefill appends many tokens, decode appends one. The state stays on the device between calls.
 * A session belongs to one thread at a time; different sessions, also of one {@link
 * LightningAttention}, may run on different threads at once. Close it to free its memory; closing
 * the {@code LightningAttention} first ends its sessions too, each after what it is doing.
 */
public final class AttentionSession implements AutoCloseable {
    private final Sessions owner;
    private final BackendSession backend;
    private final Runnable end = this::close;

    /** Held by whatever touches the backend's session: the engine may be closed meanwhile. */
    private final Object busy = new Object();

    private long[] tokens;
    private boolean closed;
    private boolean failed;

    private AttentionSession(Sessions owner, BackendSession backend, long[] tokens) {
        this.owner = owner;
        this.backend = backend;
        this.tokens = tokens;
    }

    /** Opens one of sequences that begin empty where there is no state. */
    static AttentionSession open(Sessions owner, int sequences, @Nullable AttentionState state) {
        BackendSession backend = owner.start(sequences, state);
        long[] tokens = state == null ? new long[sequences] : state.tokens();
        return new AttentionSession(owner, backend, tokens).adopted();
    }

    private AttentionSession adopted() {
        owner.adopt(end);
        return this;
    }

    /**
     * Appends n tokens to each of the R sequences.
     *
     * @param q queries, [R, H, n, D] or [R, n, H, D] as the configuration's layout says
     * @param k keys, same shape and dtype as q
     * @param v values, [R, H, n, E] or [R, n, H, E]
     * @param output where o is written: the shape of v, its dtype or F32; must not overlap an input
     * @throws IllegalArgumentException naming the argument that does not fit; nothing was appended
     * @throws IllegalStateException if the session is closed or failed, or an argument's memory was
     *     freed; nothing was appended
     * @throws java.io.UncheckedIOException if an argument lies in a mapped file that was cut; the
     *     session can then only be closed
     * @throws BackendException if the device fails; the session can then only be closed
     */
    public void append(Tensor q, Tensor k, Tensor v, Tensor output) {
        append(q, k, v, null, output);
    }

    /**
     * Appends a different number of tokens to each of the R sequences, packed one after another.
     *
     * @param q queries, [1, H, N, D] or [1, N, H, D]
     * @param k keys, same shape and dtype as q
     * @param v values, [1, H, N, E] or [1, N, H, E]
     * @param sequences boundaries of the R pieces; null: as {@link #append(Tensor, Tensor, Tensor,
     *     Tensor)}
     * @param output where o is written
     * @throws IllegalArgumentException naming the argument that does not fit; nothing was appended
     * @throws IllegalStateException if the session is closed or failed, or an argument's memory was
     *     freed; nothing was appended
     * @throws java.io.UncheckedIOException if an argument lies in a mapped file that was cut; the
     *     session can then only be closed
     * @throws BackendException if the device fails; the session can then only be closed
     */
    public void append(
            Tensor q, Tensor k, Tensor v, @Nullable PackedSequences sequences, Tensor output) {
        synchronized (busy) {
            checkOpen();
            appendAlone(q, k, v, sequences, output);
        }
    }

    private void appendAlone(
            Tensor q, Tensor k, Tensor v, @Nullable PackedSequences sequences, Tensor output) {
        AttentionInputs inputs = new AttentionInputs(q, k, v, sequences, null);
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
        AttentionState before = owner.verification().isOn() ? stateAlone() : null;
        failed = true;
        try {
            backend.append(problem, q.segment(), k.segment(), v.segment(), output.segment());
            failed = false;
            tokens = after;
            if (before != null) {
                owner.verification()
                        .check(
                                new AttentionInputs(q, k, v, sequences, before),
                                output,
                                stateAlone());
            }
        } catch (RuntimeException | Error e) {
            throw new ArgumentMemory().with(inputs).with("output", output).explain(e);
        }
    }

    /**
     * Appends n tokens to each sequence and returns o in new memory.
     *
     * @param q queries
     * @param k keys
     * @param v values
     * @return o, of the shape and dtype of v
     * @throws IllegalArgumentException naming the argument that does not fit; nothing was appended
     * @throws IllegalStateException if the session is closed or failed, or an argument's memory was
     *     freed; nothing was appended
     */
    public Tensor append(Tensor q, Tensor k, Tensor v) {
        Tensor output = Tensor.allocate(v.dtype(), v.shape());
        append(q, k, v, output);
        return output;
    }

    /**
     * Tokens that sequence r has seen.
     *
     * @param r 0 … R−1
     * @return its count, those of the state it began with included
     */
    public long tokens(int r) {
        return tokens[r];
    }

    /**
     * R.
     *
     * @return the number of sequences
     */
    public int sequences() {
        return tokens.length;
    }

    /**
     * The state after the tokens so far, copied from the device.
     *
     * @return a state in memory of its own
     */
    public AttentionState state() {
        synchronized (busy) {
            checkOpen();
            return stateAlone();
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

    /**
     * A second session that continues from here on its own: prefix reuse, beams.
     *
     * @return a session with a copy of the state
     */
    public AttentionSession fork() {
        synchronized (busy) {
            checkOpen();
            return new AttentionSession(owner, backend.fork(), tokens.clone()).adopted();
        }
    }

    /** Frees the state. Closing twice does nothing. */
    @Override
    public void close() {
        synchronized (busy) {
            if (!closed) {
                closed = true;
                owner.release(end);
                backend.close();
            }
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the session is closed");
        }
        if (failed) {
            throw new IllegalStateException(
                    "an append failed midway; the session can only be closed");
        }
    }
}
