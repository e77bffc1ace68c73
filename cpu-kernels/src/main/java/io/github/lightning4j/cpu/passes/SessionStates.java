package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.cpu.arithmetic.StoredMatrix;
import io.github.lightning4j.spi.AttentionProblem;

/** States of a session, which a pass computes on in its scratch, where they stay in the cache. */
final class SessionStates implements States {
    private final AttentionProblem problem;
    private final StoredMatrix[] stored;

    /**
     * States for one call.
     *
     * @param problem an append; the states of sequences that get no tokens are left alone
     * @param stored where they are between calls, by stream
     */
    SessionStates(AttentionProblem problem, StoredMatrix[] stored) {
        this.problem = problem;
        this.stored = stored;
    }

    @Override
    public Matrix begin(int stream, Matrix home) {
        if (grows(stream)) {
            stored[stream].read(home);
        }
        return home;
    }

    @Override
    public void end(int stream, Matrix s) {
        if (grows(stream)) {
            stored[stream].write(s);
        }
    }

    /** Whether a stream gets tokens. */
    boolean grows(int stream) {
        return problem.length(stream / problem.config().heads()) > 0;
    }
}
