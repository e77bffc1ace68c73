package io.github.lightning4j.cpu.arithmetic;

import io.github.lightning4j.DType;

import java.lang.foreign.MemorySegment;

/** Between memory of any dtype and float32 scratch arrays. */
interface Conversion {
    /** Reads n elements at a byte offset, widened to float, into x from {@code at}. */
    void load(DType type, MemorySegment source, long offset, float[] x, int at, int n);

    /** Rounds n floats of x from {@code at} to a dtype and writes them at a byte offset. */
    void store(float[] x, int at, int n, DType type, MemorySegment target, long offset);
}
