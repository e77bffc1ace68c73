package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.Finish;
import io.github.lightning4j.cpu.arithmetic.Matrix;

/** Scratch for one thread working on one block of a {@link StatePass}. */
final class StateWorkspace {
    final BlockDecay decay;
    final Rows rows = new Rows();
    final Finish.Reusable finish = new Finish.Reusable();

    /** φ(k) or φ(q) [L, D]. */
    final Matrix x;

    /** v or dO [L, E] with its weights. */
    final Panels y;

    /** S or G [D, E]. */
    final Panels state;

    StateWorkspace(Blocking b) {
        decay = new BlockDecay(b.rows(), b.lanes());
        x = b.matrix(b.rows(), b.keyDim());
        y = new Panels(b, b.rows());
        state = new Panels(b, b.keyDim());
    }
}
