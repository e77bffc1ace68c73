package io.github.lightning4j.distributed;

import io.github.lightning4j.Layout;
import io.github.lightning4j.Tensor;

import java.io.IOException;
import java.util.Optional;

/**
 * Rows of some tokens of all heads of a tensor [B, H, N, dim] or [B, N, H, dim], where the tokens
 * of all B are counted one after another.
 *
 * @param layout of the tensor and of what is read
 * @param heads H
 * @param rowTokens N
 */
record TokenRows(Layout layout, int heads, long rowTokens) {
    /** What is done with tokens that lie in one row of B. */
    private interface Step {
        /**
         * Takes some tokens.
         *
         * @param b the row of B
         * @param n their first token in it
         * @param at their first token among those asked for
         * @param count how many
         */
        void take(long b, long n, long at, long count) throws IOException;
    }

    private void steps(long from, long to, Step step) throws IOException {
        for (long token = from; token < to; ) {
            long n = token % rowTokens;
            long count = Math.min(to - token, rowTokens - n);
            step.take(token / rowTokens, n, token - from, count);
            token += count;
        }
    }

    /**
     * Tokens from … to − 1 as a tensor with B = 1: a part of a tensor that lies in memory, unless
     * they are of several rows of B or the room wants copies, and else a copy.
     */
    Tensor read(Room room, TensorSource source, long from, long to) throws IOException {
        long b = rowTokens == 0 ? 0 : from / rowTokens;
        Optional<Tensor> memory = room.wantsCopies() ? Optional.empty() : source.memory();
        if (memory.isPresent() && from < to && (to - 1) / rowTokens == b) {
            long n = from % rowTokens;
            return memory.get().slice(0, b, b + 1).tokens(layout, n, n + to - from);
        }
        return copied(room, source, from, to);
    }

    private Tensor copied(Room room, TensorSource source, long from, long to) throws IOException {
        long tokens = to - from;
        int dim = (int) source.shape()[3];
        Tensor rows = room.take(source.dtype(), layout.shape(1, heads, tokens, dim));
        int blocks = layout == Layout.HEADS_FIRST ? heads : 1;
        long size = (long) (heads / blocks) * dim; // elements of a token that lie together
        steps(
                from,
                to,
                (b, n, at, count) -> {
                    for (int h = 0; h < blocks; h++) {
                        long element = layout.rowOffset(b, h, n, heads, rowTokens, dim);
                        long target = layout.rowOffset(0, h, at, heads, tokens, dim);
                        int bytes = source.dtype().bytes();
                        source.read(
                                element,
                                rows.segment().asSlice(target * bytes, count * size * bytes));
                    }
                });
        return rows;
    }

    /** What takes a piece of a tensor. */
    interface Sink {
        /** Writes a piece to where it begins in the tensor, an index for each axis. */
        void write(Tensor piece, long... at) throws IOException;
    }

    /** Hands rows with B = 1, whose first token is {@code from}, to their places in the tensor. */
    void write(Tensor rows, long from, Sink sink) throws IOException {
        int axis = layout.tokenAxis();
        long tokens = rows.shape(axis);
        steps(
                from,
                from + tokens,
                (b, n, at, count) -> {
                    Tensor piece = rows.tokens(layout, at, at + count);
                    sink.write(piece, place(b, n));
                });
    }

    /** Where token n of row b begins, an index for each axis. */
    long[] place(long b, long n) {
        return layout == Layout.HEADS_FIRST ? new long[] {b, 0, n, 0} : new long[] {b, n, 0, 0};
    }
}
