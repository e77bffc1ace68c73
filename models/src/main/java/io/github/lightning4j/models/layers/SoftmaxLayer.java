package io.github.lightning4j.models.layers;

/**
 * Softmax attention of MiniMax: grouped heads, RoPE on queries and keys, scale 1/√D. Its memory is
 * a key-value cache, which grows with every token. Immutable.
 */
public final class SoftmaxLayer implements AttentionLayer {
    private final AroundSoftmax around;

    /**
     * Takes its weights.
     *
     * @param compute what it is computed with
     * @param weights {@code q_proj.weight}, {@code k_proj.weight}, {@code v_proj.weight}, {@code
     *     o_proj.weight}
     * @param hidden features of a token
     * @param heads H
     * @param keyValueHeads KV, a divisor of H: query head h reads key-value head ⌊h·KV/H⌋
     * @param dim D
     * @param encoding of positions; it must leave D as it is
     * @throws IllegalArgumentException if KV does not divide H, or the encoding changes D
     */
    public SoftmaxLayer(
            Compute compute,
            Weights weights,
            int hidden,
            int heads,
            int keyValueHeads,
            int dim,
            PositionEncoding encoding) {
        if (keyValueHeads < 1 || heads % keyValueHeads != 0) {
            throw new IllegalArgumentException(
                    "key-value heads is " + keyValueHeads + "; it must divide the heads, " + heads);
        }
        if (encoding.dim(dim) != dim) {
            throw new IllegalArgumentException("encoding must leave the dimension " + dim);
        }
        long inner = (long) heads * dim;
        long kept = (long) keyValueHeads * dim;
        around =
                new AroundSoftmax(
                        compute,
                        new Projection(compute, weights, "q_proj.weight", inner, hidden),
                        new Projection(compute, weights, "k_proj.weight", kept, hidden),
                        new Projection(compute, weights, "v_proj.weight", kept, hidden),
                        new Projection(compute, weights, "o_proj.weight", hidden, inner),
                        encoding,
                        hidden,
                        heads,
                        keyValueHeads,
                        dim);
    }

    SoftmaxLayer(AroundSoftmax around) {
        this.around = around;
    }

    @Override
    public LayerStates openStates(StateOptions options) {
        return new SoftmaxStates(around, options);
    }

    @Override
    public long bytes(long tokens) {
        return new KeyValueCache(around.keyValueHeads(), around.dim()).growth(tokens);
    }

    @Override
    public int hidden() {
        return around.hidden();
    }

    AroundSoftmax around() {
        return around;
    }
}
