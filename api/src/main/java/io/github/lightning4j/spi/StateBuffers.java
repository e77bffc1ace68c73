package io.github.lightning4j.spi;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/**
 * The memory of a pass that computes final states alone, little-endian and of no particular
 * alignment. The final state overlaps no input.
 *
 * @param k keys
 * @param v values
 * @param initialState float32 [R, H, D, E], or null for zeros
 * @param finalState where the state goes, float32 [R, H, D, E]
 */
public record StateBuffers(
        TensorMemory k,
        TensorMemory v,
        @Nullable MemorySegment initialState,
        MemorySegment finalState) {}
