package io.github.lightning4j.models.layers;

/** W₂ (silu(W₁ x) ⊙ W₃ x) for each row x. Immutable. */
public final class Mlp implements FeedForward {
    private final Compute compute;
    private final Projection gate;
    private final Projection up;
    private final Projection down;

    /**
     * Takes its weights.
     *
     * @param compute what it is computed with
     * @param weights {@code w1.weight}, {@code w2.weight}, {@code w3.weight}
     * @param hidden features of a token
     * @param inner rows of W₁ and W₃
     */
    public Mlp(Compute compute, Weights weights, int hidden, int inner) {
        this.compute = compute;
        gate = new Projection(compute, weights, "w1.weight", inner, hidden);
        down = new Projection(compute, weights, "w2.weight", hidden, inner);
        up = new Projection(compute, weights, "w3.weight", inner, hidden);
    }

    @Override
    public Activations apply(Activations x) {
        Activations activated = gate.apply(x);
        Gate.silu(compute, activated);
        Activations y = up.apply(x);
        Gate.multiply(compute, activated, y);
        Activations result = down.apply(y);
        compute.recycle(activated, y);
        return result;
    }
}
