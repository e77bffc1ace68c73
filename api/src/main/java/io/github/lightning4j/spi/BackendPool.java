package io.github.lightning4j.spi;

import java.lang.foreign.MemorySegment;

/**
 * The device's side of a {@link io.github.lightning4j.StatePool}: states of a fixed number of
 * sequences, allocated once, each in a slot of its own that is named by its index. Used by one
 * thread at a time; arguments are validated before.
 *
 * <p>What a slot holds depends on the tokens that were appended to it and on nothing else: not on
 * the slot, on who shared the calls, on threads, nor on how the tokens were cut into appends. So
 * states are advanced at multiples of a fixed number of tokens of the <em>sequence</em>, counted
 * from its first, and the keys and values since then are kept.
 */
public interface BackendPool extends AutoCloseable {
    /**
     * Appends {@code problem.length(r)} tokens to slot {@code slots[r]}, for each row r. A row
     * whose slot is −1 changes nothing; its rows of the output become 0. No slot is named twice.
     *
     * @param problem shapes and parameters; R is the number of rows of the call
     * @param slots [R] indices of slots, or −1; not changed, and not used after the call
     * @param q queries
     * @param k keys
     * @param v values
     * @param output where o goes
     * @throws io.github.lightning4j.AttentionInterruptedException if the calling thread was
     *     interrupted; it says whether all slots are as they were before. If they are not, or if
     *     anything else is thrown, only those to which tokens were to be appended have changed
     */
    void append(
            AttentionProblem problem,
            int[] slots,
            TensorMemory q,
            TensorMemory k,
            TensorMemory v,
            TensorMemory output);

    /**
     * The tokens that a slot has seen.
     *
     * @param slot its index
     * @return the number, including those of a state that was written
     */
    long tokens(int slot);

    /**
     * Makes a slot that of a sequence without tokens. It is called before a slot is used for the
     * first time, and for slots whose last append has failed.
     *
     * @param slot its index
     */
    void clear(int slot);

    /**
     * Makes one slot the same as another, with all that {@link #truncate} can go back to.
     *
     * @param from index of the slot that is read
     * @param to index of the slot that is written
     */
    void copy(int from, int to);

    /**
     * Copies the state of a slot out, which does not change.
     *
     * @param slot its index
     * @param target float32 [H, D, E]
     */
    void read(int slot, MemorySegment target);

    /**
     * Makes a slot continue from a state.
     *
     * @param slot its index
     * @param source float32 [H, D, E]
     * @param tokens that the state has seen
     */
    void write(int slot, MemorySegment source, long tokens);

    /**
     * Blocks of tokens end at multiples of this many of the sequence, and there S is advanced.
     *
     * @return g ≥ 1
     */
    int grid();

    /**
     * How many tokens of a slot are in S; the others are kept as keys and values.
     *
     * @param slot its index
     * @return the number: the last multiple of {@link #grid}, or what a state had that was written
     *     since then
     */
    long folded(int slot);

    /**
     * Copies out what a slot holds, which does not change: S, and the tokens that are not in it.
     *
     * @param slot its index
     * @param target memory for them
     */
    void snapshot(int slot, SlotBuffers target);

    /**
     * Makes a slot hold what another held, so that it goes on with the same bits. {@link #earliest}
     * is then the number of tokens in S.
     *
     * @param slot its index
     * @param folded tokens in S
     * @param rows tokens that are not, fewer than there are up to the next multiple of {@link
     *     #grid}
     * @param source what {@link #snapshot} copied out, of this pool or another
     */
    void restore(int slot, long folded, int rows, SlotBuffers source);

    /**
     * How far {@link #truncate} can go back.
     *
     * @param slot its index
     * @return the smallest number of tokens
     */
    long earliest(int slot);

    /**
     * Takes the last tokens of a slot back, as if they had never been appended.
     *
     * @param slot its index
     * @param tokens how many remain: {@link #earliest} … {@link #tokens}
     */
    void truncate(int slot, long tokens);

    /**
     * A slot is not in use any more; the next use begins with {@link #clear}, {@link #write} or a
     * {@link #copy} to it.
     *
     * @param slot its index
     */
    default void release(int slot) {}

    /** Frees all states. */
    @Override
    void close();
}
