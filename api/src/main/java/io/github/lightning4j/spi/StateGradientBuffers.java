package io.github.lightning4j.spi;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/**
 * The memory of a pass that computes gradients of initial states alone, little-endian and of no
 * particular alignment. What is written overlaps no input.
 *
 * @param q queries
 * @param outputGradient ∂loss/∂o, of the problem's output type
 * @param finalStateGradient ∂loss/∂(final state), float32 [R, H, D, E], or null for zeros
 * @param initialStateGradient where ∂loss/∂(initial state) goes, float32 [R, H, D, E]
 */
public record StateGradientBuffers(
        TensorMemory q,
        TensorMemory outputGradient,
        @Nullable MemorySegment finalStateGradient,
        MemorySegment initialStateGradient) {}
