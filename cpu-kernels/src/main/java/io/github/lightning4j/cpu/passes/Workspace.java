package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.Finish;
import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.cpu.arithmetic.ScaledMatrix;

import org.jspecify.annotations.Nullable;

/** Scratch for one thread working on one block. Contents are undefined between blocks. */
final class Workspace {
    final BlockDecay decay;
    final Rows rows = new Rows();
    final Finish.Reusable finish = new Finish.Reusable();

    /** φ(q) [L, D]. */
    final Matrix q;

    /** φ(k) [L, D], then diag(λ^(L−1−i)) φ(k). */
    final Matrix k;

    /** φ(k)ᵀ [D, L]. */
    final Matrix kT;

    /** v [L, E]. */
    final Matrix v;

    /** Q Kᵀ [L, L]: all of it, for tiles beside the diagonal. */
    final Matrix scores;

    /** P = (Q Kᵀ) ⊙ A [L, L]: the lower triangle of {@link #scores}. */
    final Matrix p;

    /** O [L, E]. */
    final Matrix o;

    /** S [D, E], where the state has no other home. */
    final Matrix state;

    /** U = (diag(λ^(L−1−i)) K)ᵀ V [D, E]. */
    final Matrix update;

    private final Blocking blocking;
    private @Nullable ScaledMatrix scaled;

    Workspace(Blocking b) {
        blocking = b;
        decay = new BlockDecay(b.rows(), b.lanes());
        q = b.matrix(b.rows(), b.keyDim());
        k = b.matrix(b.rows(), b.keyDim());
        kT = b.matrix(b.keyDim(), b.rows());
        v = b.matrix(b.rows(), b.valueDim());
        scores = b.matrix(b.rows(), b.rows());
        p = scores.lower();
        o = b.matrix(b.rows(), b.valueDim());
        state = b.state();
        update = b.state();
    }

    /** S in 16 bits an element; made when it is first asked for, because few have such states. */
    ScaledMatrix scaled() {
        if (scaled == null) {
            scaled = blocking.scaledState();
        }
        return scaled;
    }
}
