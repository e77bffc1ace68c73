package io.github.lightning4j;

import org.jspecify.annotations.Nullable;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;

/**
 * The states of many sequences that come and go, such as the conversations of a service: a fixed
 * number of slots, whose memory is allocated once, on the device.
 *
 * <p>{@link #acquire} hands out an empty slot and {@link #release} takes it back. One {@link
 * #append} is for any of them: each slot that it names gets any number of tokens, many for prefill
 * and one for decode, in one call. {@link #copy(Slot)} forks a sequence; {@link #truncate} takes
 * tokens back, so that drafts can be tried.
 *
 * <p><b>What a slot holds depends on its tokens and on nothing else.</b> {@link #read} gives the
 * same bits whichever slot it is, whoever shared the calls, however many threads the device has,
 * and however the tokens were cut into appends: states are advanced at multiples of 32 tokens of
 * the sequence, and the keys and values since then are kept. The output of a token is the same bits
 * too where the appends are cut alike; for other cuts it stays within the gates of {@link
 * io.github.lightning4j.reference.Gate}. A {@link #snapshot} goes on as if its tokens had been
 * appended; a state that was {@linkplain #write written} does so where it has a multiple of 32
 * tokens, and within the gates elsewhere.
 *
 * <p>A slot that was released, or that is of another pool, is refused with the reason. So is one
 * whose last append was interrupted or has failed, until it is cleared, written or copied to; other
 * slots of that call were not changed if they were to get no token.
 *
 * <p>A pool belongs to one thread at a time: while a call runs, a call from a second thread throws
 * {@link IllegalStateException} and changes nothing; {@link #close} waits for the call to end. Only
 * {@link #slots}, {@link #free}, {@link #bytesPerSlot} and {@link #memory} may be asked at any
 * time. Different pools may be used on different threads at once. Closing the {@code
 * LightningAttention} ends its pools; one that is dropped without being closed is freed some time
 * after the garbage collector has noticed, and a warning in the log says where it was opened.
 */
public final class StatePool implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(StatePool.class.getName());

    private final OpenPool open;
    private final Cleaner.Cleanable cleanable;

    private StatePool(OpenPool open) {
        this.open = open;
        cleanable = Owned.Dropped.watch(this, open, LOG);
    }

    /** Opens a pool. */
    static StatePool open(Sessions owner, int slots, PoolOptions options) {
        return new StatePool(OpenPool.open(owner, slots, options));
    }

    /**
     * How many sequences there can be at a time.
     *
     * @return the number of slots, free or not
     */
    public int slots() {
        return open.slots();
    }

    /**
     * How many more sequences there can be.
     *
     * @return the number of free slots, at the moment
     */
    public int free() {
        return open.free();
    }

    /**
     * Memory of this process that a slot takes.
     *
     * @return bytes
     */
    public long bytesPerSlot() {
        return open.bytes() / open.slots();
    }

    /**
     * Memory of this process that the pool takes.
     *
     * @return bytes, as {@link LightningAttention#poolMemory} said
     */
    public long memory() {
        return open.bytes();
    }

    /**
     * Takes a slot for a sequence without tokens.
     *
     * @return the slot
     * @throws NoFreeSlotException if all are in use
     * @throws IllegalStateException if the pool is closed or in use by another thread
     */
    public Slot acquire() {
        try {
            return open.acquire();
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Gives a slot back. What is in it is gone, and the slot is refused from now on.
     *
     * @param slot one of this pool
     * @throws IllegalArgumentException if it was released before or is not of this pool
     * @throws IllegalStateException if the pool is closed or in use by another thread
     */
    public void release(Slot slot) {
        try {
            open.release(slot);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Forks a sequence: takes a slot and makes it the same as another, with what {@link #truncate}
     * can take back. The two go on independently.
     *
     * @param from the slot to be copied
     * @return the new slot
     * @throws NoFreeSlotException if all are in use
     * @throws IllegalArgumentException if it was released or is not of this pool
     * @throws IllegalStateException if the slot failed, or the pool is closed or in use by another
     *     thread
     */
    public Slot copy(Slot from) {
        try {
            return open.copy(from);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Makes one slot the same as another, as {@link #copy(Slot)} does. What was in it is gone.
     *
     * @param from the slot to be copied
     * @param to the slot that becomes the same
     * @throws IllegalArgumentException if one was released or is not of this pool
     * @throws IllegalStateException if {@code from} failed, or the pool is closed or in use by
     *     another thread
     */
    public void copy(Slot from, Slot to) {
        try {
            open.copy(from, to);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Makes a slot that of a sequence without tokens.
     *
     * @param slot one of this pool
     * @throws IllegalArgumentException if it was released or is not of this pool
     * @throws IllegalStateException if the pool is closed or in use by another thread
     */
    public void clear(Slot slot) {
        try {
            open.clear(slot);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * The number of tokens that a slot has seen.
     *
     * @param slot one of this pool
     * @return the number, including those of a state that was written
     * @throws IllegalArgumentException if it was released or is not of this pool
     * @throws IllegalStateException if the slot failed, or the pool is closed or in use by another
     *     thread
     */
    public long tokens(Slot slot) {
        try {
            return open.tokens(slot);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * How far {@link #truncate} can go back.
     *
     * @param slot one of this pool
     * @return the smallest number of tokens
     * @throws IllegalArgumentException if it was released or is not of this pool
     * @throws IllegalStateException if the slot failed, or the pool is closed or in use by another
     *     thread
     */
    public long earliest(Slot slot) {
        try {
            return open.earliest(slot);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Takes the last tokens of a slot back: everything is as if they had never been appended, bit
     * for bit. Tokens that are to be rejected, drafts, can be appended and taken back by it.
     *
     * @param slot one of this pool
     * @param tokens how many remain: {@link #earliest} … {@link #tokens}
     * @throws IllegalArgumentException if there are not as many, or the pool does not keep what is
     *     needed; or if the slot was released or is not of this pool
     * @throws IllegalStateException if the slot failed, or the pool is closed or in use by another
     *     thread
     */
    public void truncate(Slot slot, long tokens) {
        try {
            open.truncate(slot, tokens);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * The state of a slot, copied from the device.
     *
     * @param slot one of this pool
     * @return a state of one sequence in memory of its own
     * @throws IllegalArgumentException if it was released or is not of this pool
     * @throws IllegalStateException if the slot failed, or the pool is closed or in use by another
     *     thread
     */
    public AttentionState read(Slot slot) {
        try {
            return open.read(slot);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Makes a slot continue from a state. What was in it is gone.
     *
     * @param slot one of this pool
     * @param state of one sequence
     * @throws IllegalArgumentException if the state does not fit, as for {@link
     *     LightningAttention#openSession(AttentionState)}, or the slot was released or is not of
     *     this pool; nothing was changed
     * @throws IllegalStateException if the pool is closed or in use by another thread
     */
    public void write(Slot slot, AttentionState state) {
        try {
            open.write(slot, state);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * All that a slot holds, copied from the device: {@link #restore} goes on from it bit for bit,
     * wherever S was folded last.
     *
     * @param slot one of this pool
     * @return a snapshot in memory of its own
     * @throws IllegalArgumentException if it was released or is not of this pool
     * @throws IllegalStateException if the slot failed, or the pool is closed or in use by another
     *     thread
     */
    public SlotSnapshot snapshot(Slot slot) {
        try {
            return open.snapshot(slot);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Makes a slot go on from a snapshot: bit for bit as the slot would have that it was taken of,
     * where both pools are of devices of the same kind and have the same options, and within the
     * gates elsewhere. Tokens can be taken back as far as S of the snapshot. What was in the slot
     * is gone.
     *
     * @param slot one of this pool
     * @param snapshot of a slot of this pool or another
     * @throws IllegalArgumentException if the snapshot does not fit, as for {@link
     *     LightningAttention#openSession(AttentionState)}, or has more tokens that are not in S
     *     than slots of this pool have room for, or the slot was released or is not of this pool;
     *     nothing was changed
     * @throws IllegalStateException if the pool is closed or in use by another thread
     */
    public void restore(Slot slot, SlotSnapshot snapshot) {
        try {
            open.restore(slot, snapshot);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Appends a different number of tokens to each of some slots, packed one after another.
     *
     * @param slots [R] in any order, each at most once; {@link Slot#NONE} is a row that changes
     *     nothing and whose output is zeros
     * @param sequences boundaries of the R pieces, of which any may be empty; null: each slot gets
     *     n tokens, as by {@link #append(Slot[], Tensor, Tensor, Tensor, Tensor)}
     * @param q queries, [1, H, N, D] or [1, N, H, D] as the configuration's layout says
     * @param k keys, same shape and dtype as q
     * @param v values, [1, H, N, E] or [1, N, H, E]
     * @param output where o is written: the shape of v, its dtype or F32; must not overlap an input
     * @throws IllegalArgumentException naming the argument that does not fit; nothing was appended
     * @throws IllegalStateException if a slot failed before, the pool is closed or in use by
     *     another thread, or an argument's memory was freed; nothing was appended
     * @throws java.io.UncheckedIOException if an argument lies in a mapped file that was cut; slots
     *     that were to get tokens then failed
     * @throws AttentionInterruptedException if the thread is interrupted; all slots are as before,
     *     or those that were to get tokens failed, as the exception says
     * @throws BackendException if the device fails; slots that were to get tokens then failed
     */
    public void append(
            Slot[] slots,
            @Nullable PackedSequences sequences,
            Tensor q,
            Tensor k,
            Tensor v,
            Tensor output) {
        try {
            open.append(slots, sequences, q, k, v, output);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Appends n tokens to each of some slots; with n = 1, a decode step. Where it is called with
     * the same tensors again and again, filled anew, this allocates nothing here; a device may
     * allocate a little for sharing the work out to threads.
     *
     * @param slots [R] in any order, each at most once; {@link Slot#NONE} is a row that changes
     *     nothing and whose output is zeros
     * @param q queries, [R, H, n, D] or [R, n, H, D] as the configuration's layout says
     * @param k keys, same shape and dtype as q
     * @param v values, [R, H, n, E] or [R, n, H, E]
     * @param output where o is written: the shape of v, its dtype or F32; must not overlap an input
     * @throws IllegalArgumentException naming the argument that does not fit; nothing was appended
     * @throws IllegalStateException if a slot failed before, the pool is closed or in use by
     *     another thread, or an argument's memory was freed; nothing was appended
     * @throws java.io.UncheckedIOException if an argument lies in a mapped file that was cut; slots
     *     that were to get tokens then failed
     * @throws AttentionInterruptedException if the thread is interrupted; all slots are as before,
     *     or those that were to get tokens failed, as the exception says
     * @throws BackendException if the device fails; slots that were to get tokens then failed
     */
    public void append(Slot[] slots, Tensor q, Tensor k, Tensor v, Tensor output) {
        append(slots, null, q, k, v, output);
    }

    /** Frees all states. Closing twice does nothing. */
    @Override
    public void close() {
        open.run();
        cleanable.clean();
    }

    /** Says how many slots there are and how many are free. */
    @Override
    public String toString() {
        return open.toString();
    }
}
