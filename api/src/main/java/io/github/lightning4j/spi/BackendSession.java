package io.github.lightning4j.spi;

import java.lang.foreign.MemorySegment;

/** The device's side of a session. Used by one thread at a time. */
public interface BackendSession extends AutoCloseable {
    /**
     * Appends {@code problem.length(r)} tokens to each sequence r and updates the state.
     *
     * @param problem shapes and parameters; R is that of the session
     * @param q queries
     * @param k keys
     * @param v values
     * @param output where o goes
     * @throws io.github.lightning4j.AttentionInterruptedException if the calling thread was
     *     interrupted; it says whether the state is what it was before
     */
    void append(
            AttentionProblem problem,
            TensorMemory q,
            TensorMemory k,
            TensorMemory v,
            TensorMemory output);

    /**
     * Copies the state out.
     *
     * @param target float32 [R, H, D, E]
     */
    void readState(MemorySegment target);

    /**
     * Copies this session.
     *
     * @return an independent session with the same state
     */
    BackendSession fork();

    /** Frees the state. */
    @Override
    void close();
}
