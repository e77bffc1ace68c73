package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.cpu.arithmetic.Elements;
import io.github.lightning4j.cpu.arithmetic.Finish;
import io.github.lightning4j.cpu.arithmetic.Kernels;
import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.cpu.arithmetic.Products;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackwardBuffers;
import io.github.lightning4j.spi.TensorMemory;

/**
 * The backward pass of one block of one head, with A as in {@link BlockForward}:
 *
 * <pre>
 *   P  = (dO Vᵀ) ⊙ A
 *   dQ = diag(λ^(i+1)) dO Sᵀ + P K
 *   dK = diag(λ^(L−1−i)) V Gᵀ + Pᵀ Q
 *   dV = diag(λ^(L−1−i)) K G + ((Q Kᵀ) ⊙ A)ᵀ dO
 *   X  = (diag(λ^(i+1)) Q)ᵀ dO                      G = λ^L G + X
 * </pre>
 *
 * <p>Letters: L rows in the block, Q K [L, D], V dO [L, E], S [D, E] the state before the block, G
 * [D, E] the gradient of the state after it. S is needed as Sᵀ [E, D] only, and kept as that. The
 * factor c is in the weights of dO. Immutable and thread-safe.
 */
public final class BlockBackward {
    private final Products products;
    private final Elements elements;
    private final AttentionProblem problem;
    private final AttentionConfig config;
    private final RowTransfer transfer;
    private final BackwardBuffers buffers;
    private final float[] slopes;

    public BlockBackward(Kernels kernels, AttentionProblem problem, BackwardBuffers buffers) {
        this.products = kernels.products();
        this.elements = kernels.elements();
        this.problem = problem;
        this.config = problem.config();
        this.transfer = new RowTransfer(elements, problem);
        this.buffers = buffers;
        this.slopes = config.slopes();
    }

    /** Uᵀ = (diag(λ^(L−1−i)) V)ᵀ K: what the block adds to Sᵀ. */
    void stateUpdate(Rows rows, BackwardWorkspace ws, Matrix uT) {
        stateUpdate(rows, ws, Finish.SET, uT);
    }

    /** Sᵀ after the block from Sᵀ before it, which may be the same matrix. */
    void advanceState(Rows rows, BackwardWorkspace ws, Matrix before, Matrix after) {
        stateUpdate(rows, ws, advance(rows, ws, before), after);
    }

    private void stateUpdate(Rows rows, BackwardWorkspace ws, Finish finish, Matrix uT) {
        loadKeysAndValues(rows, ws);
        elements.scaleRows(ws.v, ws.decay.keys, ws.decay.keysFrom(rows.count()), ws.scaledV);
        products.multiply(finish, ws.scaledV.t(), ws.k, uT);
    }

    /** X = (c diag(λ^(i+1)) Q)ᵀ dO: what the block adds to G on the way back. */
    void gradientUpdate(Rows rows, BackwardWorkspace ws, Matrix x) {
        loadQueriesAndOutputs(rows, ws);
        gradientUpdate(ws, Finish.SET, x);
    }

    /** G before the block in the place of G after it; Q and dO must have been read. */
    void advanceGradient(Rows rows, BackwardWorkspace ws, Matrix g) {
        gradientUpdate(ws, advance(rows, ws, g), g);
    }

    private void gradientUpdate(BackwardWorkspace ws, Finish finish, Matrix x) {
        elements.scaleRows(ws.q, ws.decay.queries, 0, ws.scaledQ);
        products.multiply(finish, ws.scaledQ.t(), ws.dO, x);
    }

    private Finish advance(Rows rows, BackwardWorkspace ws, Matrix before) {
        double slope = slopes[rows.head()];
        float fade = BlockDecay.fade(slope, rows.count());
        return ws.finish.advance(fade, BlockDecay.keep(slope, rows.count()), before);
    }

    /** dQ, dK and dV of the block, from Sᵀ before it and G after it, written out. */
    void gradients(Rows rows, Matrix sT, Matrix g, BackwardWorkspace ws) {
        loadKeysAndValues(rows, ws);
        loadQueriesAndOutputs(rows, ws);
        int keysAt = ws.decay.keysFrom(rows.count());

        // (Q Kᵀ) ⊙ A and P = (dO Vᵀ) ⊙ A
        scores(ws.q, ws.k, ws, ws.a);
        scores(ws.dO, ws.v, ws, ws.p);

        // dQ = diag(λ^(i+1)) dO Sᵀ + P K
        products.sum(ws.finish.weigh(ws.decay.queries, 0), ws.dO, sT, ws.p, ws.k, ws.dQK);
        elements.chain(config.featureMap(), ws.rawQ, ws.dQK);
        transfer.store(rows, problem.inputType(), ws.dQK, buffers.dq());

        // dK = diag(λ^(L−1−i)) V Gᵀ + Pᵀ Q
        elements.transpose(g, ws.gT);
        products.sum(ws.finish.weigh(ws.decay.keys, keysAt), ws.v, ws.gT, ws.p.t(), ws.q, ws.dQK);
        elements.chain(config.featureMap(), ws.rawK, ws.dQK);
        transfer.store(rows, problem.inputType(), ws.dQK, buffers.dk());

        // dV = diag(λ^(L−1−i)) K G + ((Q Kᵀ) ⊙ A)ᵀ dO
        products.sum(ws.finish.weigh(ws.decay.keys, keysAt), ws.k, g, ws.a.t(), ws.dO, ws.dV);
        transfer.store(rows, problem.inputType(), ws.dV, buffers.dv());
    }

    /** S = λ^L S + U, or G = λ^L G + X, on the floats [from, to), leaving the old ones in u. */
    void advanceExchanging(int head, int count, Matrix s, Matrix u, int from, int to) {
        double slope = slopes[head];
        elements.advanceExchanging(
                s, u, from, to, BlockDecay.fade(slope, count), BlockDecay.keep(slope, count));
    }

    /** (X Yᵀ) ⊙ cA for X, Y [L, n]. */
    private void scores(Matrix x, Matrix y, BackwardWorkspace ws, Matrix result) {
        elements.transpose(y, ws.transposed);
        products.scores(x, ws.transposed, result);
        elements.mask(result, ws.decay.scores, ws.decay.reach());
    }

    private void loadKeysAndValues(Rows rows, BackwardWorkspace ws) {
        ws.decay.prepare(slopes[rows.head()], config.scale());
        features(rows, buffers.k(), ws.rawK, ws.k);
        transfer.load(rows, buffers.v(), ws.v);
    }

    private void loadQueriesAndOutputs(Rows rows, BackwardWorkspace ws) {
        ws.decay.prepare(slopes[rows.head()], config.scale());
        features(rows, buffers.q(), ws.rawQ, ws.q);
        transfer.load(rows, problem.outputType(), buffers.outputGradient(), ws.dO);
    }

    /** Reads q or k, as it is and with φ applied. */
    private void features(Rows rows, TensorMemory source, Matrix raw, Matrix features) {
        transfer.load(rows, source, features);
        if (config.featureMap() != FeatureMap.IDENTITY) {
            raw.shape(features.rows(), features.columns());
            raw.set(features);
            elements.apply(config.featureMap(), features, 0, features.rows());
        }
    }
}
