package io.github.lightning4j.cpu;

/** The states of one wave of blocks of a backward pass. */
final class BackwardWave {
    /** Sᵀ [E, D] at the point the pass has reached. */
    final float[] sT;

    /** G [D, E] at the point the pass has reached. */
    final float[] g;

    /** Uᵀ of every block, then Sᵀ before it. */
    final float[][] uT;

    /** X of every block, then G after it. */
    final float[][] x;

    BackwardWave(Blocking blocking, int blocks) {
        sT = new float[blocking.transposedStateSize()];
        g = new float[blocking.gradientStateSize()];
        uT = new float[blocks][blocking.transposedStateSize()];
        x = new float[blocks][blocking.gradientStateSize()];
    }
}
