package io.github.lightning4j.models.layers;

/** Queries and keys as they are: decay alone tells tokens apart. */
public record NoPositions() implements PositionEncoding {
    @Override
    public Activations encode(Activations x, long[] positions) {
        return x;
    }

    @Override
    public int dim(int dim) {
        return dim;
    }
}
