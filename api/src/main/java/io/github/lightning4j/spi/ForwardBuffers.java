package io.github.lightning4j.spi;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/**
 * The memory of one forward pass, little-endian and of no particular alignment. The outputs overlap
 * neither inputs nor each other.
 *
 * @param q queries
 * @param k keys
 * @param v values
 * @param initialState float32 [R, H, D, E], or null for zeros
 * @param output where o goes
 * @param finalState where the state goes, float32 [R, H, D, E], or null if it is not wanted
 */
public record ForwardBuffers(
        TensorMemory q,
        TensorMemory k,
        TensorMemory v,
        @Nullable MemorySegment initialState,
        TensorMemory output,
        @Nullable MemorySegment finalState) {}
