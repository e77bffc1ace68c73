package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.cpu.arithmetic.StoredMatrix;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.spi.TensorMemory;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * States outside the heap that every append advances by a whole pass of the left or right product.
 */
public final class PassSession implements BackendSession {
    private final Passes passes;
    private final StateRows rows;
    private final StateMemory memory;
    private final StoredMatrix[] s;

    /** Zeros. */
    private PassSession(Passes passes, StateRows rows, int streams) {
        this.passes = passes;
        this.rows = rows;
        Blocking blocking = rows.blocking();
        memory = new StateMemory(streams * streamBytes(blocking));
        s = new StoredMatrix[streams];
        Arrays.setAll(s, stream -> memory.state(blocking));
    }

    public static PassSession open(
            Passes passes,
            AttentionConfig config,
            int sequences,
            @Nullable MemorySegment initialState) {
        StateRows rows = passes.rows(config);
        int streams = Math.multiplyExact(sequences, config.heads());
        PassSession session = new PassSession(passes, rows, streams);
        for (int stream = 0; initialState != null && stream < streams; stream++) {
            rows.read(initialState, stream, session.s[stream]);
        }
        return session;
    }

    /** Bytes of a stream: S alone. */
    public static long streamBytes(Blocking blocking) {
        return StateMemory.stateBytes(blocking);
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
                new StoredStates(stream -> s[stream]));
    }

    @Override
    public void readState(MemorySegment target) {
        for (int stream = 0; stream < s.length; stream++) {
            rows.write(s[stream], target, stream);
        }
    }

    @Override
    public BackendSession fork() {
        PassSession copy = new PassSession(passes, rows, s.length);
        for (int stream = 0; stream < s.length; stream++) {
            copy.s[stream].set(s[stream]);
        }
        return copy;
    }

    @Override
    public void close() {
        memory.close();
    }
}
