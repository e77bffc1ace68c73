package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.cpu.arithmetic.StoredMatrix;

import java.util.function.IntFunction;

/**
 * States that stay outside the heap between passes. A pass works on a copy in its scratch, which is
 * written back when the stream has ended.
 *
 * @param of the state of a stream
 */
record StoredStates(IntFunction<StoredMatrix> of) implements States {
    @Override
    public Matrix begin(int stream, Matrix home) {
        of.apply(stream).read(home);
        return home;
    }

    @Override
    public void end(int stream, Matrix s) {
        of.apply(stream).write(s);
    }
}
