package io.github.lightning4j.models.layers;

import io.github.lightning4j.PackedSequences;

/**
 * What one layer remembers of some sequences, numbered from 0. One thread at a time.
 *
 * <p>A lightning layer's memory is of constant size, and is all allocated when it is opened; a
 * softmax layer's grows with every token.
 */
public sealed interface LayerStates extends AutoCloseable permits LightningStates, SoftmaxStates {
    /**
     * How many sequences there are.
     *
     * @return their number
     */
    int sequences();

    /**
     * Forgets a sequence.
     *
     * @param sequence which
     */
    void clear(int sequence);

    /**
     * Makes one sequence the same as another.
     *
     * @param from the one that is copied
     * @param to what was there is forgotten
     * @throws io.github.lightning4j.InsufficientMemoryException if a cache would pass its limit
     */
    void copy(int from, int to);

    /**
     * Tokens of a sequence so far.
     *
     * @param sequence which
     * @return their number
     */
    long tokens(int sequence);

    /**
     * How far {@link #truncate} can go back.
     *
     * @param sequence which
     * @return the smallest number of tokens
     */
    long earliest(int sequence);

    /**
     * Takes the last tokens back.
     *
     * @param sequence which
     * @param tokens how many remain, {@link #earliest} … {@link #tokens}
     */
    void truncate(int sequence, long tokens);

    /**
     * Memory of all sequences now.
     *
     * @return bytes
     */
    long bytes();

    /**
     * How much more memory some tokens need.
     *
     * @param sequence which
     * @param more tokens that are to be appended
     * @return bytes; 0 where memory is of constant size
     */
    long growth(int sequence, long more);

    /**
     * Computes the layer for the next tokens of some sequences.
     *
     * @param which [R] sequences, each at most once
     * @param lengths how many tokens of each there are, one after another in x
     * @param x [N, hidden]
     * @return [N, hidden], new
     * @throws IllegalArgumentException if x has other rows; nothing was appended
     * @throws io.github.lightning4j.InsufficientMemoryException if a cache would pass its limit;
     *     nothing was appended
     */
    Activations append(int[] which, PackedSequences lengths, Activations x);

    @Override
    void close();
}
