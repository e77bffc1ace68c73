package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.Matrix;

import java.util.ArrayList;
import java.util.List;

/** The states of one wave of blocks of a backward pass, and those before earlier ones. */
final class BackwardWave {
    /** Blocks of a wave, unless the caller says otherwise. */
    static final int DEFAULT_BLOCKS = 16;

    /** States that stay for the next stream: those of a sequence of some 50,000 tokens. */
    private static final int STAY = 64;

    /** Sᵀ [E, D] at the point the pass has reached. */
    final Matrix sT;

    /** G [D, E] at the point the pass has reached. */
    final Matrix g;

    /** Uᵀ of every block, then Sᵀ before it. */
    final Updates<Matrix> uT;

    /** X of every block, then G after it. */
    final Updates<Matrix> x;

    private final List<Matrix> kept = new ArrayList<>();

    BackwardWave(Blocking blocking, int blocks) {
        sT = blocking.transposedState();
        g = blocking.state();
        uT = new Updates<>(blocks, blocking::transposedState);
        x = new Updates<>(blocks, blocking::state);
    }

    /** Keeps Sᵀ as it is before wave w; waves come in order, from 0. */
    void keep(int w) {
        if (w == kept.size()) {
            kept.add(sT.copy());
        } else {
            kept.get(w).set(sT);
        }
    }

    /** What was kept before wave w. */
    Matrix kept(int w) {
        return kept.get(w);
    }

    /** Ends the use of what was kept, and frees what only long sequences need. */
    void forget() {
        while (kept.size() > STAY) {
            kept.removeLast();
        }
    }
}
