package io.github.lightning4j.spi;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.Device;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/**
 * An opened device. It gets validated problems and computes; it checks arguments nowhere again.
 *
 * <p>Thread-safe: calls may come from any thread, also at once. Failures of the device are thrown
 * as {@link io.github.lightning4j.BackendException} and never answered with wrong or partial
 * numbers.
 */
public interface Backend extends AutoCloseable {
    /**
     * What was opened.
     *
     * @return the device
     */
    Device device();

    /**
     * Computes o and the final state of every sequence and head.
     *
     * @param problem shapes and parameters
     * @param buffers memory to read and write
     */
    void forward(AttentionProblem problem, ForwardBuffers buffers);

    /**
     * Computes the gradients of q, k, v and the initial state of every sequence and head.
     *
     * @param problem shapes and parameters
     * @param buffers memory to read and write
     */
    void backward(AttentionProblem problem, BackwardBuffers buffers);

    /**
     * Opens a session whose state stays on the device.
     *
     * @param config heads, dimensions, slopes, scale, feature map, layout
     * @param sequences R
     * @param initialState float32 [R, H, D, E], or null for zeros; read before this returns
     * @return the session
     */
    BackendSession openSession(
            AttentionConfig config, int sequences, @Nullable MemorySegment initialState);

    /** Frees threads and memory. Sessions are closed before. */
    @Override
    void close();
}
