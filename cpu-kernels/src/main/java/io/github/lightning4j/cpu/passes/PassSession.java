package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.spi.TensorMemory;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** States on the heap that every append advances by a whole pass of the left or right product. */
public final class PassSession implements BackendSession {
    private final Passes passes;
    private final StateRows rows;
    private final Matrix[] s;

    private PassSession(Passes passes, StateRows rows, Matrix[] s) {
        this.passes = passes;
        this.rows = rows;
        this.s = s;
    }

    public static PassSession open(
            Passes passes,
            AttentionConfig config,
            int sequences,
            @Nullable MemorySegment initialState) {
        StateRows rows = passes.rows(config);
        Matrix[] s = new Matrix[Math.multiplyExact(sequences, config.heads())];
        for (int stream = 0; stream < s.length; stream++) {
            s[stream] = rows.blocking().state();
            rows.read(initialState, stream, s[stream]);
        }
        return new PassSession(passes, rows, s);
    }

    /** Bytes of a stream: S alone. */
    public static long streamBytes(Blocking blocking) {
        return blocking.bytes(blocking.keyDim(), blocking.valueDim());
    }

    @Override
    public void append(
            AttentionProblem problem,
            TensorMemory q,
            TensorMemory k,
            TensorMemory v,
            TensorMemory output) {
        passes.run(
                problem,
                new ForwardBuffers(q, k, v, null, output, null),
                new States() {
                    @Override
                    public Matrix begin(int stream, Matrix home) {
                        return s[stream];
                    }

                    @Override
                    public void end(int stream, Matrix state) {}
                });
    }

    @Override
    public void readState(MemorySegment target) {
        for (int stream = 0; stream < s.length; stream++) {
            rows.write(s[stream], target, stream);
        }
    }

    @Override
    public BackendSession fork() {
        return new PassSession(
                passes, rows, Arrays.stream(s).map(Matrix::copy).toArray(Matrix[]::new));
    }

    @Override
    public void close() {
        Arrays.fill(s, null);
    }
}
