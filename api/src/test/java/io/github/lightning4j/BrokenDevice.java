package io.github.lightning4j;

import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.BackwardBuffers;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.spi.TensorMemory;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/** A device, and a session on it, that breaks whatever is asked of it. */
class BrokenDevice implements Backend, BackendSession {
    private int closed;

    @Override
    public Device device() {
        return new Device("broken", "broken", Device.Kind.ACCELERATOR, "");
    }

    @Override
    public void forward(AttentionProblem problem, ForwardBuffers buffers) {
        throw new BackendException("it broke");
    }

    @Override
    public void backward(AttentionProblem problem, BackwardBuffers buffers) {
        throw new BackendException("it broke");
    }

    @Override
    public BackendSession openSession(
            AttentionConfig config, int sequences, @Nullable MemorySegment initialState) {
        return this;
    }

    @Override
    public void append(
            AttentionProblem problem,
            TensorMemory q,
            TensorMemory k,
            TensorMemory v,
            TensorMemory output) {
        throw new BackendException("it broke");
    }

    @Override
    public void readState(MemorySegment target) {}

    @Override
    public BackendSession fork() {
        return this;
    }

    @Override
    public void close() {
        closed++;
    }

    /** How often it was closed, as a device or a session. */
    int closed() {
        return closed;
    }
}
