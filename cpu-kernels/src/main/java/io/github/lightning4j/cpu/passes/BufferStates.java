package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.spi.ForwardBuffers;

/**
 * States of one forward pass, read from and written to the caller's memory.
 *
 * @param rows moves them
 * @param buffers the caller's memory
 */
public record BufferStates(StateRows rows, ForwardBuffers buffers) implements States {
    @Override
    public boolean startEmpty() {
        return buffers.initialState() == null;
    }

    @Override
    public boolean areWanted() {
        return buffers.finalState() != null;
    }

    @Override
    public Matrix begin(int stream, Matrix home) {
        rows.read(buffers.initialState(), stream, home);
        return home;
    }

    @Override
    public void end(int stream, Matrix s) {
        if (buffers.finalState() != null) {
            rows.write(s, buffers.finalState(), stream);
        }
    }
}
