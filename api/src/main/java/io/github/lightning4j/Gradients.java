package io.github.lightning4j;

/**
 * What one backward pass leaves. Slopes get no gradient.
 *
 * @param dq ∂loss/∂q, of the shape and dtype of q
 * @param dk ∂loss/∂k, of the shape and dtype of k
 * @param dv ∂loss/∂v, of the shape and dtype of v
 * @param initialState ∂loss/∂(initial state), F32 [R, H, D, E]
 */
public record Gradients(Tensor dq, Tensor dk, Tensor dv, Tensor initialState) {}
