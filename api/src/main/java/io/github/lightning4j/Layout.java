package io.github.lightning4j;

/** Order of the axes of q, k, v and o in memory; the last axis is always contiguous. */
public enum Layout {
    /** [B, H, N, D]: each head's tokens are contiguous. */
    HEADS_FIRST,
    /** [B, N, H, D]: each token's heads are contiguous. */
    TOKENS_FIRST;

    /**
     * The shape of q, k, v or o in this layout.
     *
     * @param batch B
     * @param heads H
     * @param tokens N
     * @param dim D or E
     * @return a new array of four extents
     */
    public long[] shape(long batch, int heads, long tokens, int dim) {
        return switch (this) {
            case HEADS_FIRST -> new long[] {batch, heads, tokens, dim};
            case TOKENS_FIRST -> new long[] {batch, tokens, heads, dim};
        };
    }

    /**
     * Elements from the start of the tensor to row (batch b, head h, token n).
     *
     * @param b batch index
     * @param h head index
     * @param n token index
     * @param heads H
     * @param tokens N
     * @param dim D or E
     * @return an element offset
     */
    public long rowOffset(long b, int h, long n, int heads, long tokens, int dim) {
        return switch (this) {
            case HEADS_FIRST -> ((b * heads + h) * tokens + n) * dim;
            case TOKENS_FIRST -> ((b * tokens + n) * heads + h) * dim;
        };
    }

    /**
     * The axis of tokens.
     *
     * @return its number
     */
    public int tokenAxis() {
        return this == HEADS_FIRST ? 2 : 1;
    }

    /**
     * Elements from one token of a head to the next.
     *
     * @param heads H
     * @param dim D or E
     * @return an element stride
     */
    public long rowStride(int heads, int dim) {
        return this == HEADS_FIRST ? dim : (long) heads * dim;
    }
}
