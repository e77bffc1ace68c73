package io.github.lightning4j.models.layers;

/** Activations and gates, element by element and in place. */
final class Gate {
    private Gate() {}

    /** x ← x σ(x). */
    static void silu(Compute compute, Activations x) {
        sigmoid(compute, x, x);
    }

    /** y ← σ(gate) ⊙ y. */
    static void sigmoid(Compute compute, Activations gate, Activations y) {
        compute.forParts(
                y.values().length,
                (from, to) -> compute.kernels().gate(gate.values(), y.values(), from, to));
    }

    /** y ← gate ⊙ y. */
    static void multiply(Compute compute, Activations gate, Activations y) {
        compute.forParts(
                y.values().length,
                (from, to) -> {
                    for (int i = from; i < to; i++) {
                        y.values()[i] *= gate.values()[i];
                    }
                });
    }
}
