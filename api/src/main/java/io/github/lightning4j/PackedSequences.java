package io.github.lightning4j;

import java.util.Arrays;
import java.util.Locale;

/**
 * Boundaries of R sequences of different lengths packed one after another along the token axis of a
 * tensor with B = 1 ("varlen", {@code cu_seqlens}). A sequence may be empty. Immutable.
 */
public final class PackedSequences {
    private final long[] boundaries;

    private PackedSequences(long[] boundaries) {
        this.boundaries = boundaries;
    }

    /**
     * From cumulative lengths.
     *
     * @param cuSeqlens [R+1] token offsets: the first is 0, none is below the one before, the last
     *     is the total N
     * @return the sequences
     * @throws IllegalArgumentException if the offsets are not of that form
     */
    public static PackedSequences ofCumulative(long... cuSeqlens) {
        if (cuSeqlens.length < 2) {
            throw new IllegalArgumentException(
                    "cu_seqlens has " + cuSeqlens.length + " entries; it must have at least 2");
        }
        if (cuSeqlens[0] != 0) {
            throw new IllegalArgumentException(
                    "cu_seqlens begins with " + cuSeqlens[0] + "; it must begin with 0");
        }
        for (int r = 1; r < cuSeqlens.length; r++) {
            if (cuSeqlens[r] < cuSeqlens[r - 1]) {
                throw new IllegalArgumentException(
                        String.format(
                                Locale.ROOT,
                                "cu_seqlens falls from %d to %d at entry %d; it must never fall",
                                cuSeqlens[r - 1],
                                cuSeqlens[r],
                                r));
            }
        }
        return new PackedSequences(cuSeqlens.clone());
    }

    /**
     * From the lengths of the sequences.
     *
     * @param lengths [R] tokens, each ≥ 0
     * @return the sequences
     * @throws IllegalArgumentException if there are no lengths, one is negative, or their sum
     *     overflows
     */
    public static PackedSequences ofLengths(long... lengths) {
        long[] boundaries = new long[lengths.length + 1];
        for (int r = 0; r < lengths.length; r++) {
            if (lengths[r] < 0 || boundaries[r] + lengths[r] < 0) {
                throw new IllegalArgumentException(
                        "length of sequence " + r + " is " + lengths[r] + "; it must be >= 0");
            }
            boundaries[r + 1] = boundaries[r] + lengths[r];
        }
        return ofCumulative(boundaries);
    }

    /**
     * The number of sequences.
     *
     * @return R ≥ 1
     */
    public int count() {
        return boundaries.length - 1;
    }

    /**
     * The first token of sequence r.
     *
     * @param r 0 … R−1
     * @return its offset along the token axis
     * @throws IndexOutOfBoundsException if there is no such sequence
     */
    public long start(int r) {
        Arguments.index("r", r, count());
        return boundaries[r];
    }

    /**
     * The tokens of sequence r.
     *
     * @param r 0 … R−1
     * @return its length ≥ 0
     * @throws IndexOutOfBoundsException if there is no such sequence
     */
    public long length(int r) {
        Arguments.index("r", r, count());
        return boundaries[r + 1] - boundaries[r];
    }

    /**
     * The tokens of all sequences.
     *
     * @return N
     */
    public long totalTokens() {
        return boundaries[boundaries.length - 1];
    }

    /**
     * The boundaries as given.
     *
     * @return a new array [R+1]
     */
    public long[] cumulative() {
        return boundaries.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PackedSequences that && Arrays.equals(boundaries, that.boundaries);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(boundaries);
    }

    @Override
    public String toString() {
        return "PackedSequences" + Arrays.toString(boundaries);
    }
}
