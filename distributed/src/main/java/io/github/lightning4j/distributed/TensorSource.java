package io.github.lightning4j.distributed;

import io.github.lightning4j.DType;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** A tensor that is read by ranges of its elements, and need not fit into memory. Thread-safe. */
public interface TensorSource {
    /**
     * The element type.
     *
     * @return its dtype
     */
    DType dtype();

    /**
     * The extents.
     *
     * @return a new array
     */
    long[] shape();

    /**
     * Reads elements.
     *
     * @param element the first, row-major
     * @param target where they go, and how many: its size in bytes is a multiple of an element's
     * @throws IOException if they cannot be read
     * @throws IndexOutOfBoundsException if the tensor does not have them
     */
    void read(long element, MemorySegment target) throws IOException;
}
