package io.github.lightning4j.models.layers;

/** How queries and keys learn where their token is. Immutable. */
public sealed interface PositionEncoding permits Rope, Lrpe, NoPositions {
    /**
     * Encodes.
     *
     * @param x queries or keys, [n, H · D], which nobody reads afterwards
     * @param positions [n] of the tokens, the first of a sequence is 0
     * @return [n, H · {@link #dim}], which may be x
     */
    Activations encode(Activations x, long[] positions);

    /**
     * The dimension of a head that was encoded.
     *
     * @param dim D before
     * @return D after
     */
    int dim(int dim);
}
