package io.github.lightning4j;

import java.lang.foreign.MemorySegment;

/** Tensors that a call makes for its caller. */
final class CallResults {
    private CallResults() {}

    /**
     * Allocates zeros that the garbage collector frees, as {@link Tensor#allocate(DType, long...)}
     * does, so that the call can be interrupted meanwhile.
     *
     * @param dtype element type
     * @param shape extents, each ≥ 0
     * @throws IllegalArgumentException if an extent is negative or the size overflows
     * @throws InsufficientMemoryException if there is no memory for it within the limit
     * @throws AttentionInterruptedException if the thread is interrupted
     */
    static Tensor allocate(DType dtype, long... shape) {
        MemorySegment memory =
                Shapes.allocate(
                        dtype,
                        shape,
                        bytes -> CollectedMemory.allocateForCall(bytes, Tensor.ALIGNMENT));
        return Tensor.of(dtype, memory, shape);
    }
}
