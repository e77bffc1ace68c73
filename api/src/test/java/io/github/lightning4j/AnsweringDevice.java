package io.github.lightning4j;

import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.BackwardBuffers;
import io.github.lightning4j.spi.ForwardBuffers;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/** A device that gives the same gradients whatever it is asked. */
record AnsweringDevice(Gradients answer) implements Backend {
    @Override
    public Device device() {
        return new Device("answering", "answering", Device.Kind.ACCELERATOR, "");
    }

    @Override
    public void forward(AttentionProblem problem, ForwardBuffers buffers) {
        throw new BackendException("there is no output here");
    }

    @Override
    public void backward(AttentionProblem problem, BackwardBuffers buffers) {
        buffers.dq().segment().copyFrom(answer.dq().segment());
        buffers.dk().segment().copyFrom(answer.dk().segment());
        buffers.dv().segment().copyFrom(answer.dv().segment());
        buffers.initialStateGradient().copyFrom(answer.initialState().segment());
    }

    @Override
    public BackendSession openSession(
            AttentionConfig config, int sequences, @Nullable MemorySegment initialState) {
        throw new BackendException("there are no sessions here");
    }

    @Override
    public void close() {}
}
