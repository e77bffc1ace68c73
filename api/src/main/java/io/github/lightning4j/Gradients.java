package io.github.lightning4j;

/**
 * The results of one backward pass. Slopes get no gradient.
 *
 * @param dq ∂loss/∂q, of the shape and dtype of q
 * @param dk ∂loss/∂k, of the shape and dtype of k
 * @param dv ∂loss/∂v, of the shape and dtype of v
 * @param initialState ∂loss/∂(initial state), F32 [R, H, D, E]
 */
public record Gradients(Tensor dq, Tensor dk, Tensor dv, Tensor initialState) {
    /** Refuses tensors that are null. */
    public Gradients {
        Arguments.given("dq", dq, "a Tensor");
        Arguments.given("dk", dk, "a Tensor");
        Arguments.given("dv", dv, "a Tensor");
        Arguments.given("initialState", initialState, "a Tensor");
    }
}
