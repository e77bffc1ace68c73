package io.github.lightning4j.models.layers;

/**
 * The part of a layer in which tokens see each other. Immutable: what it remembers of sequences is
 * in the {@link LayerStates} that it opens.
 */
public sealed interface AttentionLayer permits LightningLayer, SoftmaxLayer {
    /**
     * Memory for some sequences, all of which begin empty.
     *
     * @param options how many, and where
     * @return the memory, to be closed
     */
    LayerStates openStates(StateOptions options);

    /**
     * What one sequence takes at least, in float32; devices round sizes up.
     *
     * @param tokens of the sequence
     * @return bytes of states, the same for any number of tokens, or of a key-value cache
     */
    long bytes(long tokens);

    /**
     * Features of a token.
     *
     * @return the width of the rows that go in and come out
     */
    int hidden();
}
