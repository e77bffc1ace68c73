package io.github.lightning4j.models.layers;

/** L₃ (L₁ x ⊙ L₂ x) for each row x, without an activation: TransNormerLLM. Immutable. */
public final class Glu implements FeedForward {
    private final Compute compute;
    private final Projection first;
    private final Projection second;
    private final Projection down;

    /**
     * Takes its weights.
     *
     * @param compute what it is computed with
     * @param weights {@code l1.weight}, {@code l2.weight}, {@code l3.weight}
     * @param hidden features of a token
     * @param inner rows of L₁ and L₂
     */
    public Glu(Compute compute, Weights weights, int hidden, int inner) {
        this.compute = compute;
        first = new Projection(compute, weights, "l1.weight", inner, hidden);
        second = new Projection(compute, weights, "l2.weight", inner, hidden);
        down = new Projection(compute, weights, "l3.weight", hidden, inner);
    }

    @Override
    public Activations apply(Activations x) {
        Activations weighing = first.apply(x);
        Activations y = second.apply(x);
        Gate.multiply(compute, weighing, y);
        Activations result = down.apply(y);
        compute.recycle(weighing, y);
        return result;
    }
}
