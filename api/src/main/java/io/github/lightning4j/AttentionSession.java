package io.github.lightning4j;

import org.jspecify.annotations.Nullable;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;

/**
 * Growing sequences: append any number of tokens at a time, at constant cost and memory per token.
 *
 * <p>Prefill appends many tokens, decode appends one. The state stays on the device between calls.
 * A session belongs to one thread at a time: while a call runs, a call from a second thread throws
 * {@link IllegalStateException} and changes nothing, because the order of their tokens would be a
 * matter of luck; {@link #close} waits for the call to end. Different sessions, even of one {@link
 * LightningAttention}, may run on different threads at once.
 *
 * <p>Close it to free its memory; closing the {@code LightningAttention} first ends its sessions
 * too, each as soon as its current call has ended. A session that is dropped without being closed
 * is freed some time after the garbage collector has noticed, and a warning in the log says where
 * it was opened.
 */
public final class AttentionSession implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(AttentionSession.class.getName());

    private final OpenSession open;
    private final Cleaner.Cleanable cleanable;

    private AttentionSession(OpenSession open) {
        this.open = open;
        cleanable = Owned.Dropped.watch(this, open, LOG);
    }

    /** Opens a session; without a state its sequences begin empty. */
    static AttentionSession open(Sessions owner, int sequences, @Nullable AttentionState state) {
        return new AttentionSession(OpenSession.open(owner, sequences, state));
    }

    /**
     * Appends n tokens to each of the R sequences.
     *
     * @param q queries, [R, H, n, D] or [R, n, H, D] as the configuration's layout says
     * @param k keys, same shape and dtype as q
     * @param v values, [R, H, n, E] or [R, n, H, E]
     * @param output where o is written: the shape of v, its dtype or F32; must not overlap an input
     * @throws IllegalArgumentException naming the argument that does not fit; nothing was appended
     * @throws IllegalStateException if the session is closed, failed or in use by another thread,
     *     or an argument's memory was freed; nothing was appended
     * @throws java.io.UncheckedIOException if an argument lies in a mapped file that was cut; the
     *     session can then only be closed
     * @throws AttentionInterruptedException if the thread is interrupted; the session is as before,
     *     or can only be closed, as the exception says
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
     * @throws IllegalStateException if the session is closed, failed or in use by another thread,
     *     or an argument's memory was freed; nothing was appended
     * @throws java.io.UncheckedIOException if an argument lies in a mapped file that was cut; the
     *     session can then only be closed
     * @throws AttentionInterruptedException if the thread is interrupted; the session is as before,
     *     or can only be closed, as the exception says
     * @throws BackendException if the device fails; the session can then only be closed
     */
    public void append(
            Tensor q, Tensor k, Tensor v, @Nullable PackedSequences sequences, Tensor output) {
        try {
            open.append(q, k, v, sequences, output);
        } finally {
            Reference.reachabilityFence(this);
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
     * @throws IllegalStateException if the session is closed, failed or in use by another thread,
     *     or an argument's memory was freed; nothing was appended
     */
    public Tensor append(Tensor q, Tensor k, Tensor v) {
        Tensor output = CallResults.allocate(v.dtype(), v.shape());
        append(q, k, v, output);
        return output;
    }

    /**
     * The number of tokens that sequence r has seen.
     *
     * @param r 0 … R−1
     * @return the number, including those of the state it began with
     * @throws IndexOutOfBoundsException if there is no such sequence
     */
    public long tokens(int r) {
        return open.tokens(r);
    }

    /**
     * R.
     *
     * @return the number of sequences
     */
    public int sequences() {
        return open.sequences();
    }

    /**
     * Memory of this process that the session takes.
     *
     * @return bytes, as {@link LightningAttention#sessionMemory} said
     */
    public long memory() {
        return open.bytes();
    }

    /**
     * The state after the tokens so far, copied from the device.
     *
     * @return a state in memory of its own
     * @throws IllegalStateException if the session is closed, failed or in use by another thread
     */
    public AttentionState state() {
        try {
            return open.state();
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * A second session that continues from here independently, to reuse a prefix or for beam
     * search.
     *
     * @return a session with a copy of the state
     * @throws IllegalStateException if the session is closed, failed or in use by another thread
     * @throws InsufficientMemoryException if there is no memory for it, or the budget is used up
     */
    public AttentionSession fork() {
        try {
            return new AttentionSession(open.fork());
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Frees the state. Closing twice does nothing. */
    @Override
    public void close() {
        open.run();
        cleanable.clean();
    }

    /** Says what this is and how many tokens it has seen. */
    @Override
    public String toString() {
        return open.toString();
    }
}
