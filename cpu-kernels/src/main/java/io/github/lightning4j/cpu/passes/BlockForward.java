package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.cpu.arithmetic.Elements;
import io.github.lightning4j.cpu.arithmetic.Finish;
import io.github.lightning4j.cpu.arithmetic.Kernels;
import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.cpu.arithmetic.Products;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.ForwardBuffers;

/**
 * The forward pass of one block of one head:
 *
 * <pre>
 *   O = c (diag(λ^(i+1)) Q S + ((Q Kᵀ) ⊙ A) V)     A[i, j] = λ^(i−j) where i ≥ j, else 0
 *   U = (diag(λ^(L−1−i)) K)ᵀ V                     S = λ^L S + U
 * </pre>
 *
 * <p>Letters: L rows in the block, Q K [L, D], V O [L, E], S [D, E] the state before the block, U
 * what the block adds to it. Columns of V, O, S and U depend on no other columns, so it may compute
 * some of them alone. Immutable and thread-safe; all scratch is in the {@link Workspace}.
 */
public final class BlockForward {
    private final Kernels kernels;
    private final Products products;
    private final Elements elements;
    private final RowTransfer transfer;
    private final AttentionConfig config;
    private final float[] slopes;
    private final ForwardBuffers buffers;

    /** The first column of V that it reads and of O that it writes. */
    private final int column;

    public BlockForward(Kernels kernels, AttentionProblem problem, ForwardBuffers buffers) {
        this(kernels, problem, buffers, 0);
    }

    private BlockForward(
            Kernels kernels, AttentionProblem problem, ForwardBuffers buffers, int column) {
        this.kernels = kernels;
        this.column = column;
        this.products = kernels.products();
        this.elements = kernels.elements();
        this.transfer = new RowTransfer(elements, problem);
        this.config = problem.config();
        this.slopes = config.slopes();
        this.buffers = buffers;
    }

    /** That of as many columns as the matrices of a workspace have, from the given one on. */
    BlockForward from(int first) {
        return new BlockForward(kernels, transfer.problem(), buffers, first);
    }

    /** Reads K and V of the block. */
    void loadKeysAndValues(Rows rows, Workspace ws) {
        ws.decay.prepare(slopes[rows.head()], config.scale());
        transfer.features(rows, buffers.k(), ws.k);
        transfer.loadColumns(rows, buffers.v(), config.valueDim(), column, ws.v);
    }

    /** O = c diag(λ^(i+1)) Q S + c (Q Kᵀ ⊙ A) V, from K and V already read, written out. */
    void outputs(Rows rows, Matrix s, Workspace ws) {
        transfer.features(rows, buffers.q(), ws.q);

        // P = (Q Kᵀ) ⊙ A
        elements.transpose(ws.k, ws.kT);
        products.scores(ws.q, ws.kT, ws.p);
        elements.mask(ws.p, ws.decay.scores, ws.decay.reach());

        // O = diag(λ^(i+1)) Q S + P V
        products.sum(ws.finish.weigh(ws.decay.queries, 0), ws.q, s, ws.p, ws.v, ws.o);
        transfer.storeColumns(rows, ws.o, buffers.output(), config.valueDim(), column);
    }

    /** U = (diag(λ^(L−1−i)) K)ᵀ V; K is consumed. */
    void update(Workspace ws, Matrix u) {
        update(ws, Finish.SET, u);
    }

    /** S = λ^L S + U, as {@link #update} and {@link #advanceExchanging} do, bit for bit. */
    void advance(Rows rows, Workspace ws, Matrix s) {
        double slope = slopes[rows.head()];
        float fade = BlockDecay.fade(slope, rows.count());
        float keep = BlockDecay.keep(slope, rows.count());
        update(ws, ws.finish.advance(fade, keep, s), s);
    }

    private void update(Workspace ws, Finish finish, Matrix u) {
        elements.scaleRows(ws.k, ws.decay.keys, ws.decay.keysFrom(ws.k.rows()), ws.k);
        products.multiply(finish, ws.k.t(), ws.v, u);
    }

    /** S = λ^L S + U on the floats [from, to), leaving the old S in u. */
    void advanceExchanging(int head, int count, Matrix s, Matrix u, int from, int to) {
        double slope = slopes[head];
        elements.advanceExchanging(
                s, u, from, to, BlockDecay.fade(slope, count), BlockDecay.keep(slope, count));
    }
}
