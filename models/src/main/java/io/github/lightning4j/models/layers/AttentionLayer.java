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
     * Features of a token.
     *
     * @return the width of the rows that go in and come out
     */
    int hidden();
}
