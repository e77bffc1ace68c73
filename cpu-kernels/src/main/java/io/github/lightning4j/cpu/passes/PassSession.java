package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.cpu.arithmetic.StoredMatrix;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.ForwardBuffers;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** States that every append advances by a whole pass of the left or right product. */
public final class PassSession implements BackendSession {
    private final Passes passes;
    private final StateRows rows;
    private final SessionArena arena;
    private final StoredMatrix[] s;

    private PassSession(Passes passes, StateRows rows, SessionArena arena, int streams) {
        this.passes = passes;
        this.rows = rows;
        this.arena = arena;
        s = new StoredMatrix[streams];
        Arrays.setAll(s, stream -> arena.state());
    }

    public static PassSession open(
            Passes passes,
            AttentionConfig config,
            int sequences,
            @Nullable MemorySegment initialState) {
        StateRows rows = passes.rows(config);
        int streams = Math.multiplyExact(sequences, config.heads());
        SessionArena arena =
                new SessionArena(streams * streamBytes(rows.blocking()), rows.blocking());
        return arena.orClosed(() -> {
            PassSession session = new PassSession(passes, rows, arena, streams);
            rows.readAll(initialState, session.s);
            return session;
        });
    }

    /** Bytes of a stream: S alone. */
    public static long streamBytes(Blocking blocking) {
        return blocking.storedBytes(blocking.keyDim(), blocking.valueDim());
    }

    @Override
    public void append(
            AttentionProblem problem,
            MemorySegment q,
            MemorySegment k,
            MemorySegment v,
            MemorySegment output) {
        passes.run(
                problem,
                new ForwardBuffers(q, k, v, null, output, null),
                new SessionStates(problem, s));
    }

    @Override
    public void readState(MemorySegment target) {
        Matrix state = rows.blocking().state();
        for (int stream = 0; stream < s.length; stream++) {
            s[stream].read(state);
            rows.write(state, target, stream);
        }
    }

    @Override
    public BackendSession fork() {
        SessionArena copy = arena.copy();
        return copy.orClosed(() -> new PassSession(passes, rows, copy, s.length));
    }

    @Override
    public void close() {
        arena.close();
    }
}
