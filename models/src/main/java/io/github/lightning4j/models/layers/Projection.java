package io.github.lightning4j.models.layers;

import io.github.lightning4j.Tensor;

/** W x for each row x, without bias. W stays in its 16 or 32 bits where it lies. Immutable. */
public final class Projection {
    private final Compute compute;
    private final Tensor weight;

    /**
     * Takes a weight.
     *
     * @param compute what it is computed with
     * @param weights where it is
     * @param name its name there
     * @param out rows of W
     * @param in columns of W
     */
    public Projection(Compute compute, Weights weights, String name, long out, long in) {
        this(compute, weights.take(name, out, in));
    }

    /**
     * Of a weight.
     *
     * @param compute what it is computed with
     * @param weight W, [out, in], F32, F16 or BF16
     */
    public Projection(Compute compute, Tensor weight) {
        this.compute = compute;
        this.weight = weight;
    }

    /**
     * Multiplies.
     *
     * @param x [n, in]
     * @return x Wᵀ, [n, out], new
     * @throws IllegalArgumentException if x has another width
     */
    public Activations apply(Activations x) {
        if (x.width() != weight.shape(1)) {
            throw new IllegalArgumentException(
                    "x is " + x + "; a weight " + weight + " needs rows of " + weight.shape(1));
        }
        return compute.multiply(weight, x);
    }
}
