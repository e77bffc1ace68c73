package io.github.lightning4j;

import java.util.Arrays;
import java.util.Locale;

/**
 * All that a slot of a {@link StatePool} holds, so that another slot can go on from it bit for bit:
 * S as it was folded last, and the keys and values of the tokens since then, fewer than 32.
 *
 * <p>An {@link AttentionState} has all tokens in S, which is what other engines understand; but
 * which multiple of 32 tokens S was folded at shows in the bits that follow.
 *
 * <p>Immutable and thread-safe; the memory is freed by the garbage collector unless the caller
 * brought it.
 */
public final class SlotSnapshot {
    private final AttentionState folded;
    private final Tensor keys;
    private final Tensor values;

    private SlotSnapshot(AttentionState folded, Tensor keys, Tensor values) {
        this.folded = folded;
        this.keys = keys;
        this.values = values;
    }

    /**
     * Wraps what a slot held, without copying it; it must not change afterwards.
     *
     * @param folded S of one sequence, with the number of tokens that are in it
     * @param keys φ(k) of the tokens since then, F32 [H, n, D]
     * @param values v of these tokens, F32 [H, n, E]
     * @return the snapshot over that memory
     * @throws IllegalArgumentException naming what does not fit
     */
    public static SlotSnapshot of(AttentionState folded, Tensor keys, Tensor values) {
        Arguments.given("folded", folded, "an AttentionState");
        Arguments.given("keys", keys, "a Tensor");
        Arguments.given("values", values, "a Tensor");
        if (folded.sequences() != 1) {
            throw new IllegalArgumentException(
                    "folded has " + folded.sequences() + " sequences; it must have 1");
        }
        Tensor s = folded.values();
        long rows = keys.rank() == 3 ? keys.shape(1) : 0;
        checkRows("keys", keys, s.shape(1), rows, s.shape(2));
        checkRows("values", values, s.shape(1), rows, s.shape(3));
        AttentionState.tokensAfter(0, folded.tokens(0), rows);
        return new SlotSnapshot(folded, keys.asReadOnly(), values.asReadOnly());
    }

    private static void checkRows(String name, Tensor rows, long heads, long count, long dim) {
        long[] expected = {heads, count, dim};
        if (rows.dtype() != DType.F32 || !Arrays.equals(rows.shape(), expected)) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "%s is %s; with this S it must be F32[%d, %d, %d]",
                            name,
                            rows,
                            heads,
                            count,
                            dim));
        }
    }

    /**
     * S, which the last tokens are not in.
     *
     * @return a state of one sequence, with the number of tokens that are in it
     */
    public AttentionState folded() {
        return folded;
    }

    /**
     * Keys of the tokens that are not in S.
     *
     * @return φ(k), read-only, F32 [H, n, D]
     */
    public Tensor keys() {
        return keys;
    }

    /**
     * Values of the tokens that are not in S.
     *
     * @return v, read-only, F32 [H, n, E]
     */
    public Tensor values() {
        return values;
    }

    /**
     * All tokens of the sequence.
     *
     * @return those in S and those since
     */
    public long tokens() {
        return folded.tokens(0) + keys.shape(1);
    }

    /**
     * Memory of the tensors.
     *
     * @return bytes
     */
    public long bytes() {
        return folded.values().segment().byteSize()
                + keys.segment().byteSize()
                + values.segment().byteSize();
    }

    /**
     * Refuses this if slots of a configuration cannot go on from it.
     *
     * @param config heads, dimensions, slopes, feature map, scale and layout
     * @throws IllegalArgumentException naming what does not fit
     */
    public void checkFits(AttentionConfig config) {
        Validation.checkState("snapshot", folded, config, 1);
    }

    /** The same for slots that are folded at a grid. */
    void checkFits(AttentionConfig config, int grid) {
        checkFits(config);
        long room = grid - folded.tokens(0) % grid;
        if (keys.shape(1) >= room) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "%s; slots of this pool have room for %d before they are folded",
                            this,
                            room - 1));
        }
    }

    /** Shapes and counts. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "SlotSnapshot[%s, %d tokens, %d of them not in S]",
                folded.values(),
                tokens(),
                keys.shape(1));
    }
}
