package io.github.lightning4j.cpu.passes;

import java.util.ArrayList;
import java.util.List;

/** The states of one wave of blocks of a backward pass, and those before earlier ones. */
final class BackwardWave {
    /** Blocks of a wave, unless the caller says otherwise. */
    static final int DEFAULT_BLOCKS = 16;

    /** States that stay for the next stream: those of a sequence of some 50,000 tokens. */
    private static final int STAY = 64;

    /** Sᵀ [E, D] at the point the pass has reached. */
    final float[] sT;

    /** G [D, E] at the point the pass has reached. */
    final float[] g;

    /** Uᵀ of every block, then Sᵀ before it. */
    final float[][] uT;

    /** X of every block, then G after it. */
    final float[][] x;

    private final List<float[]> kept = new ArrayList<>();

    BackwardWave(Blocking blocking, int blocks) {
        sT = new float[blocking.transposedStateSize()];
        g = new float[blocking.gradientStateSize()];
        uT = new float[blocks][blocking.transposedStateSize()];
        x = new float[blocks][blocking.gradientStateSize()];
    }

    /** Keeps Sᵀ as it is before wave w; waves come in order, from 0. */
    void keep(int w) {
        if (w == kept.size()) {
            kept.add(new float[sT.length]);
        }
        System.arraycopy(sT, 0, kept.get(w), 0, sT.length);
    }

    /** What was kept before wave w. */
    float[] kept(int w) {
        return kept.get(w);
    }

    /** Nothing that was kept is needed any more; what only long sequences need is let go. */
    void forget() {
        while (kept.size() > STAY) {
            kept.removeLast();
        }
    }
}
