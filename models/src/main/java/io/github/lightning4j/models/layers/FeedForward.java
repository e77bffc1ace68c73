package io.github.lightning4j.models.layers;

/** The part of a layer that sees each token alone. Immutable. */
public sealed interface FeedForward permits Mlp, Glu, SparseMoe {
    /**
     * Computes it.
     *
     * @param x [n, hidden]
     * @return [n, hidden], new
     */
    Activations apply(Activations x);
}
