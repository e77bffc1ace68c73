package io.github.lightning4j.spi;

import java.lang.foreign.MemorySegment;

/**
 * The memory of what a slot of a pool holds, float32, little-endian and of no particular alignment:
 * S as it was folded last, and the n tokens since then, which are not in it.
 *
 * @param state S [H, D, E] before those tokens
 * @param keys φ(k) of those tokens, [H, n, D]
 * @param values v of those tokens, [H, n, E]
 */
public record SlotBuffers(MemorySegment state, MemorySegment keys, MemorySegment values) {}
