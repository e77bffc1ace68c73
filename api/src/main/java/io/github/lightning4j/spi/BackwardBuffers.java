package io.github.lightning4j.spi;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/**
 * The memory of one backward pass, little-endian and of no particular alignment. The gradients that
 * are written overlap neither inputs nor each other.
 *
 * @param q queries
 * @param k keys
 * @param v values
 * @param initialState float32 [R, H, D, E], or null for zeros
 * @param outputGradient ∂loss/∂o, of the problem's output type
 * @param finalStateGradient ∂loss/∂(final state), float32 [R, H, D, E], or null for zeros
 * @param dq where ∂loss/∂q goes, of the input type
 * @param dk where ∂loss/∂k goes
 * @param dv where ∂loss/∂v goes
 * @param initialStateGradient where ∂loss/∂(initial state) goes, float32 [R, H, D, E]
 */
public record BackwardBuffers(
        TensorMemory q,
        TensorMemory k,
        TensorMemory v,
        @Nullable MemorySegment initialState,
        TensorMemory outputGradient,
        @Nullable MemorySegment finalStateGradient,
        TensorMemory dq,
        TensorMemory dk,
        TensorMemory dv,
        MemorySegment initialStateGradient) {}
