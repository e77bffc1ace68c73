package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.Finish;
import io.github.lightning4j.cpu.arithmetic.Products;

/** Scratch for one thread working on one block backward. Contents are undefined between blocks. */
final class BackwardWorkspace {
    final Blocking blocking;
    final BlockDecay decay;
    final Rows rows = new Rows();
    final Finish.Reusable finish = new Finish.Reusable();

    /** q and k as they came [L, D], for the derivative of φ. */
    final float[] rawQ;

    final float[] rawK;

    /** φ(q) and φ(k) [L, D]. */
    final float[] q;

    final float[] k;

    /** v and dO [L, E]. */
    final float[] v;

    final float[] dO;

    /** A row-scaled copy of one of them. */
    final float[] scaled;

    /** Kᵀ [D, L], then Vᵀ [E, L]. */
    final float[] transposed;

    /** Gᵀ [E, D]. */
    final float[] gT;

    /** (Q Kᵀ) ⊙ A [L, L]. */
    final float[] a;

    /** P = (dO Vᵀ) ⊙ A [L, L]. */
    final float[] p;

    /** A gradient of rows [L, D] or [L, E]. */
    final float[] gradient;

    BackwardWorkspace(Blocking blocking) {
        this.blocking = blocking;
        decay = new BlockDecay(blocking.rows(), blocking.lanes());
        int slack = Products.TILE_ROWS;
        int keys = blocking.rows() * blocking.keyStride() + slack;
        int values = blocking.rows() * blocking.valueStride() + slack;
        rawQ = new float[keys];
        rawK = new float[keys];
        q = new float[keys];
        k = new float[keys];
        v = new float[values];
        dO = new float[values];
        scaled = new float[Math.max(keys, values)];
        transposed =
                new float
                        [Math.max(blocking.keyStride(), blocking.valueStride())
                                * blocking.scoreStride()];
        gT = new float[blocking.valueStride() * blocking.keyStride()];
        a = new float[blocking.rows() * blocking.scoreStride()];
        p = new float[a.length];
        gradient = new float[Math.max(keys, values)];
    }
}
