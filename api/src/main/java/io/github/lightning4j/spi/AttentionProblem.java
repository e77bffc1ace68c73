package io.github.lightning4j.spi;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.PackedSequences;

import org.jspecify.annotations.Nullable;

/**
 * Everything about one forward or backward pass except its memory, validated. Immutable.
 *
 * @param config heads, dimensions, slopes, scale, feature map, layout
 * @param inputType dtype of q, k and v: F32, F16 or BF16
 * @param outputType dtype of o, or of its gradient: the input type or F32
 * @param batch B; 1 where sequences are packed
 * @param tokens N, the extent of the token axis
 * @param packed boundaries of packed sequences, or null for B sequences of N tokens
 */
public record AttentionProblem(
        AttentionConfig config,
        DType inputType,
        DType outputType,
        long batch,
        long tokens,
        @Nullable PackedSequences packed) {

    /**
     * R.
     *
     * @return the number of sequences, each with a state of its own
     */
    public int sequences() {
        return packed == null ? Math.toIntExact(batch) : packed.count();
    }

    /**
     * The shape of a state of these sequences.
     *
     * @return a new array [R, H, D, E]
     */
    public long[] stateShape() {
        return new long[] {sequences(), config.heads(), config.keyDim(), config.valueDim()};
    }

    /**
     * The tokens of sequence r.
     *
     * @param r 0 … R−1
     * @return its length ≥ 0
     */
    public long length(int r) {
        return packed == null ? tokens : packed.length(r);
    }

    /**
     * The number of the first element of head h of sequence r, in the order of the layout; {@link
     * TensorMemory#at} says where that is.
     *
     * @param r 0 … R−1
     * @param h 0 … H−1
     * @param dim D for q and k, E for v and o
     * @return an element's number
     */
    public long rowOffset(int r, int h, int dim) {
        long b = packed == null ? r : 0;
        long first = packed == null ? 0 : packed.start(r);
        return config.layout().rowOffset(b, h, first, config.heads(), tokens, dim);
    }

    /**
     * How much larger the numbers of elements are in the row of the next token of the same head;
     * {@link TensorMemory#step} says how far apart these are.
     *
     * @param dim D for q and k, E for v and o
     * @return a difference of numbers
     */
    public long rowStride(int dim) {
        return config.layout().rowStride(config.heads(), dim);
    }
}
