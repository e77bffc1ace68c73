package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.Finish;
import io.github.lightning4j.cpu.arithmetic.Kernels;

/** Scratch for one thread working on one block. Contents are undefined between blocks. */
final class Workspace {
    final Blocking blocking;
    final BlockDecay decay;
    final Rows rows = new Rows();
    final Finish.Reusable finish = new Finish.Reusable();

    /** φ(q) [L, D]. */
    final float[] q;

    /** φ(k) [L, D], then diag(λ^(L−1−i)) φ(k). */
    final float[] k;

    /** φ(k)ᵀ [D, L]. */
    final float[] kT;

    /** v [L, E]. */
    final float[] v;

    /** P = (Q Kᵀ) ⊙ A [L, L]. */
    final float[] p;

    /** O [L, E]. */
    final float[] o;

    /** S [D, E], where the state has no other home. */
    final float[] state;

    /** U = (diag(λ^(L−1−i)) K)ᵀ V [D, E]. */
    final float[] update;

    Workspace(Blocking blocking) {
        this.blocking = blocking;
        decay = new BlockDecay(blocking.rows(), blocking.lanes());
        q = new float[blocking.rows() * blocking.keyStride() + Kernels.TILE_ROWS];
        k = new float[q.length];
        kT = new float[blocking.keyStride() * blocking.scoreStride()];
        v = new float[blocking.rows() * blocking.valueStride()];
        p = new float[blocking.rows() * blocking.scoreStride()];
        o = new float[v.length];
        state = new float[blocking.stateSize()];
        update = new float[blocking.stateSize()];
    }
}
