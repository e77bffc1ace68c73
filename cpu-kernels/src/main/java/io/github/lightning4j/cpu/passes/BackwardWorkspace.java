package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.Finish;
import io.github.lightning4j.cpu.arithmetic.Matrix;

/** Scratch for one thread working on one block backward. Contents are undefined between blocks. */
final class BackwardWorkspace {
    final BlockDecay decay;
    final Rows rows = new Rows();
    final Finish.Reusable finish = new Finish.Reusable();

    /** q and k [L, D] before φ, for its derivative. */
    final Matrix rawQ;

    final Matrix rawK;

    /** φ(q) and φ(k) [L, D]. */
    final Matrix q;

    final Matrix k;

    /** v and dO [L, E]. */
    final Matrix v;

    final Matrix dO;

    /** diag(c λ^(i+1)) Q [L, D]; shares its floats with {@link #scaledV}. */
    final Matrix scaledQ;

    /** diag(λ^(L−1−i)) V [L, E]. */
    final Matrix scaledV;

    /** Kᵀ [D, L], then Vᵀ [E, L]. */
    final Matrix transposed;

    /** Gᵀ [E, D]. */
    final Matrix gT;

    /** (Q Kᵀ) ⊙ A [L, L]. */
    final Matrix a;

    /** P = (dO Vᵀ) ⊙ A [L, L]. */
    final Matrix p;

    /** dQ, then dK [L, D]; shares its floats with {@link #dV}. */
    final Matrix dQK;

    /** dV [L, E]. */
    final Matrix dV;

    BackwardWorkspace(Blocking b) {
        decay = new BlockDecay(b.rows(), b.lanes());
        rawQ = b.matrix(b.rows(), b.keyDim());
        rawK = b.matrix(b.rows(), b.keyDim());
        q = b.matrix(b.rows(), b.keyDim());
        k = b.matrix(b.rows(), b.keyDim());
        v = b.matrix(b.rows(), b.valueDim());
        dO = b.matrix(b.rows(), b.valueDim());
        transposed = b.matrix(Math.max(b.keyDim(), b.valueDim()), b.rows());
        gT = b.transposedState();
        a = b.matrix(b.rows(), b.rows()).lower();
        p = b.matrix(b.rows(), b.rows()).lower();
        int wider = Matrix.size(b.rows(), Math.max(b.keyDim(), b.valueDim()), b.lanes());
        float[] scaled = new float[wider];
        scaledQ = Matrix.over(scaled, b.rows(), b.keyDim(), b.lanes());
        scaledV = Matrix.over(scaled, b.rows(), b.valueDim(), b.lanes());
        float[] gradient = new float[wider];
        dQK = Matrix.over(gradient, b.rows(), b.keyDim(), b.lanes());
        dV = Matrix.over(gradient, b.rows(), b.valueDim(), b.lanes());
    }
}
