package io.github.lightning4j.distributed;

import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

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

    /**
     * The tensor itself, where it lies in memory or is mapped: parts of it need no copy.
     *
     * @return read-only, and not to be used when the source's file is closed; nothing where
     *     elements can only be {@linkplain #read read}
     * @throws IOException if it cannot be had
     */
    default Optional<Tensor> memory() throws IOException {
        return Optional.empty();
    }
}
