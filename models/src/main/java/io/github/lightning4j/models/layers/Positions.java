package io.github.lightning4j.models.layers;

import io.github.lightning4j.PackedSequences;

import java.util.Arrays;
import java.util.function.IntToLongFunction;

/** Checks of what is appended, and where its tokens are in their sequences. */
final class Positions {
    private Positions() {}

    /** Refuses rows that are not those of the sequences. */
    static void check(int[] which, PackedSequences lengths, Activations x, int hidden) {
        if (which.length != lengths.count()) {
            throw new IllegalArgumentException(
                    which.length + " sequences are named; there are lengths of " + lengths.count());
        }
        if (x.rows() != lengths.totalTokens() || x.width() != hidden) {
            throw new IllegalArgumentException(
                    "x is "
                            + x
                            + "; it must be "
                            + Arrays.toString(new long[] {lengths.totalTokens(), hidden}));
        }
    }

    /** The position of every row: those of a sequence go on from its tokens so far. */
    static long[] of(int[] which, PackedSequences lengths, IntToLongFunction tokens) {
        long[] positions = new long[Math.toIntExact(lengths.totalTokens())];
        for (int r = 0; r < which.length; r++) {
            long first = tokens.applyAsLong(which[r]);
            int start = (int) lengths.start(r);
            for (int i = 0; i < lengths.length(r); i++) {
                positions[start + i] = first + i;
            }
        }
        return positions;
    }
}
