package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.cpu.arithmetic.Finish;
import io.github.lightning4j.cpu.arithmetic.Kernels;
import io.github.lightning4j.cpu.arithmetic.Products.Band;
import io.github.lightning4j.spi.AttentionProblem;

/**
 * One block of one head: the forward pass of docs/algorithm.md, same letters, same order.
 *
 * <p>Letters: L rows in the block, Q K [L, D], V O [L, E], S [D, E] the state before the block, U
 * what the block adds to it. Immutable and thread-safe; all scratch is in the {@link Workspace}.
 */
public final class BlockForward {
    private final Kernels kernels;
    private final AttentionProblem problem;
    private final RowTransfer transfer;
    private final AttentionConfig config;
    private final float[] slopes;
    private final Tensors tensors;

    public BlockForward(Kernels kernels, AttentionProblem problem, Tensors tensors) {
        this.kernels = kernels;
        this.problem = problem;
        this.transfer = new RowTransfer(kernels, problem);
        this.config = problem.config();
        this.slopes = config.slopes();
        this.tensors = tensors;
    }

    /** Reads K and V of the block. */
    void loadKeysAndValues(Rows rows, Workspace ws) {
        Blocking b = ws.blocking;
        ws.decay.prepare(slopes[rows.head()], config.scale());
        transfer.load(rows, problem.inputType(), tensors.k(), config.keyDim(), ws.k, b.keyStride());
        transfer.load(
                rows, problem.inputType(), tensors.v(), config.valueDim(), ws.v, b.valueStride());
        kernels.apply(config.featureMap(), ws.k, 0, rows.count() * b.keyStride());
    }

    /** O = c diag(λ^(i+1)) Q S + c (Q Kᵀ ⊙ A) V, from K and V already read, written out. */
    void outputs(Rows rows, float[] s, Workspace ws) {
        Blocking b = ws.blocking;
        int l = rows.count();
        int d = b.keyDim();
        int e = b.valueDim();
        int ldk = b.keyStride();
        int ldp = b.scoreStride();
        int ldv = b.valueStride();
        transfer.load(rows, problem.inputType(), tensors.q(), d, ws.q, ldk);
        kernels.apply(config.featureMap(), ws.q, 0, l * ldk);

        // P = (Q Kᵀ) ⊙ A
        kernels.transpose(ws.k, ldk, l, d, ws.kT, ldp);
        kernels.scores(ws.q, ldk, ws.kT, ldp, ws.p, ldp, l, d);
        kernels.scaleLower(ws.p, ldp, l, ws.decay.scores, ws.decay.reach());

        // O = diag(λ^(i+1)) Q S + P V
        kernels.multiplyBoth(
                Band.LOWER_LEFT,
                ws.finish.scaleRows(ws.decay.queries, 0),
                ws.q,
                ldk,
                s,
                d,
                ws.p,
                ldp,
                1,
                ws.v,
                ldv,
                ws.o,
                l,
                e);
        transfer.store(rows, problem.outputType(), ws.o, ldv, e, tensors.o());
    }

    /** U = (diag(λ^(L−1−i)) K)ᵀ V; K is consumed. */
    void update(Rows rows, Workspace ws, float[] u) {
        update(rows, ws, Finish.SET, u);
    }

    /** S = λ^L S + U, as {@link #update} and {@link #advanceExchanging} do, bit for bit. */
    void advance(Rows rows, Workspace ws, float[] s) {
        double slope = slopes[rows.head()];
        float fade = BlockDecay.fade(slope, rows.count());
        float keep = BlockDecay.keep(slope, rows.count());
        update(rows, ws, ws.finish.advance(fade, keep, s), s);
    }

    private void update(Rows rows, Workspace ws, Finish finish, float[] u) {
        Blocking b = ws.blocking;
        int l = rows.count();
        int ldk = b.keyStride();
        int ldv = b.valueStride();
        int d = b.keyDim();
        kernels.scaleRows(ws.k, ldk, l, d, ws.decay.keys, ws.decay.keysFrom(l), ws.k);
        kernels.multiply(Band.FULL, finish, ws.k, 1, ldk, ws.v, ldv, u, ldv, d, b.valueDim(), l);
    }

    /** S = λ^L S + U on elements [from, to), leaving the old S in u. */
    void advanceExchanging(int head, int count, float[] s, float[] u, int from, int to) {
        double slope = slopes[head];
        kernels.advanceExchanging(
                s, u, from, to, BlockDecay.fade(slope, count), BlockDecay.keep(slope, count));
    }
}
