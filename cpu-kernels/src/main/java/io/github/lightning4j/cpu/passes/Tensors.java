package io.github.lightning4j.cpu.passes;

import java.lang.foreign.MemorySegment;

/**
 * Memory of the tensors of a call, in the layout and dtypes of its problem.
 *
 * @param q queries
 * @param k keys
 * @param v values
 * @param o takes the outputs
 */
public record Tensors(MemorySegment q, MemorySegment k, MemorySegment v, MemorySegment o) {}
