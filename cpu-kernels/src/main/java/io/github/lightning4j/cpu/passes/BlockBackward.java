package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.cpu.arithmetic.Finish;
import io.github.lightning4j.cpu.arithmetic.Kernels;
import io.github.lightning4j.cpu.arithmetic.Products.Band;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackwardBuffers;

/**
 * One block of one head: the backward pass of docs/algorithm.md, same letters, same order.
 *
 * <p>Letters: L rows in the block, Q K [L, D], V dO [L, E], S [D, E] the state before the block, G
 * [D, E] the gradient of the state after it. S is only ever needed as Sᵀ [E, D] and kept so. The
 * factor c stands in the weights of dO. Immutable and thread-safe.
 */
public final class BlockBackward {
    private final Kernels kernels;
    private final AttentionProblem problem;
    private final AttentionConfig config;
    private final RowTransfer transfer;
    private final BackwardBuffers buffers;
    private final float[] slopes;

    public BlockBackward(Kernels kernels, AttentionProblem problem, BackwardBuffers buffers) {
        this.kernels = kernels;
        this.problem = problem;
        this.config = problem.config();
        this.transfer = new RowTransfer(kernels, problem);
        this.buffers = buffers;
        this.slopes = config.slopes();
    }

    /** Uᵀ = (diag(λ^(L−1−i)) V)ᵀ K: what the block adds to Sᵀ. */
    void stateUpdate(Rows rows, BackwardWorkspace ws, float[] uT) {
        stateUpdate(rows, ws, Finish.SET, uT);
    }

    /** Sᵀ after the block from Sᵀ before it, which may be the same array. */
    void advanceState(Rows rows, BackwardWorkspace ws, float[] before, float[] after) {
        stateUpdate(rows, ws, advance(rows, ws, before), after);
    }

    private void stateUpdate(Rows rows, BackwardWorkspace ws, Finish finish, float[] uT) {
        int ldv = ws.blocking.valueStride();
        int ldk = ws.blocking.keyStride();
        int e = config.valueDim();
        int l = rows.count();
        loadKeysAndValues(rows, ws);
        kernels.scaleRows(ws.v, ldv, l, e, ws.decay.keys, ws.decay.keysFrom(l), ws.scaled);
        kernels.multiply(
                Band.FULL, finish, ws.scaled, 1, ldv, ws.k, ldk, uT, ldk, e, config.keyDim(), l);
    }

    /** X = (c diag(λ^(i+1)) Q)ᵀ dO: what the block adds to G on the way back. */
    void gradientUpdate(Rows rows, BackwardWorkspace ws, float[] x) {
        loadQueriesAndOutputs(rows, ws);
        gradientUpdate(rows, ws, Finish.SET, x);
    }

    /** G before the block in the place of G after it, where Q and dO are there already. */
    void advanceGradient(Rows rows, BackwardWorkspace ws, float[] g) {
        gradientUpdate(rows, ws, advance(rows, ws, g), g);
    }

    private void gradientUpdate(Rows rows, BackwardWorkspace ws, Finish finish, float[] x) {
        int ldk = ws.blocking.keyStride();
        int ldv = ws.blocking.valueStride();
        int d = config.keyDim();
        int l = rows.count();
        kernels.scaleRows(ws.q, ldk, l, d, ws.decay.queries, 0, ws.scaled);
        kernels.multiply(
                Band.FULL, finish, ws.scaled, 1, ldk, ws.dO, ldv, x, ldv, d, config.valueDim(), l);
    }

    private Finish advance(Rows rows, BackwardWorkspace ws, float[] before) {
        double slope = slopes[rows.head()];
        float fade = BlockDecay.fade(slope, rows.count());
        return ws.finish.advance(fade, BlockDecay.keep(slope, rows.count()), before);
    }

    /** dQ, dK and dV of the block, from Sᵀ before it and G after it, written out. */
    void gradients(Rows rows, float[] sT, float[] g, BackwardWorkspace ws) {
        Blocking b = ws.blocking;
        int l = rows.count();
        int d = config.keyDim();
        int e = config.valueDim();
        int ldk = b.keyStride();
        int ldv = b.valueStride();
        int ldp = b.scoreStride();
        loadKeysAndValues(rows, ws);
        loadQueriesAndOutputs(rows, ws);

        // (Q Kᵀ) ⊙ A and P = (dO Vᵀ) ⊙ A
        scores(l, ws.q, ws.k, ldk, d, ws, ws.a);
        scores(l, ws.dO, ws.v, ldv, e, ws, ws.p);

        // dQ = diag(λ^(i+1)) dO Sᵀ + P K
        kernels.multiplyBoth(
                Band.LOWER_LEFT,
                ws.finish.scaleRows(ws.decay.queries, 0),
                ws.dO,
                ldv,
                sT,
                e,
                ws.p,
                ldp,
                1,
                ws.k,
                ldk,
                ws.gradient,
                l,
                d);
        chain(rows, ws.rawQ, ws);
        transfer.store(rows, problem.inputType(), ws.gradient, ldk, d, buffers.dq());

        // dK = diag(λ^(L−1−i)) V Gᵀ + Pᵀ Q
        int keysAt = ws.decay.keysFrom(l);
        kernels.transpose(g, ldv, d, e, ws.gT, ldk);
        kernels.multiplyBoth(
                Band.UPPER_LEFT,
                ws.finish.scaleRows(ws.decay.keys, keysAt),
                ws.v,
                ldv,
                ws.gT,
                e,
                ws.p,
                1,
                ldp,
                ws.q,
                ldk,
                ws.gradient,
                l,
                d);
        chain(rows, ws.rawK, ws);
        transfer.store(rows, problem.inputType(), ws.gradient, ldk, d, buffers.dk());

        // dV = diag(λ^(L−1−i)) K G + ((Q Kᵀ) ⊙ A)ᵀ dO
        kernels.multiplyBoth(
                Band.UPPER_LEFT,
                ws.finish.scaleRows(ws.decay.keys, keysAt),
                ws.k,
                ldk,
                g,
                d,
                ws.a,
                1,
                ldp,
                ws.dO,
                ldv,
                ws.gradient,
                l,
                e);
        transfer.store(rows, problem.inputType(), ws.gradient, ldv, e, buffers.dv());
    }

    /** S = λ^L S + U, or G = λ^L G + X, on elements [from, to), leaving the old ones in u. */
    void advanceExchanging(int head, int count, float[] s, float[] u, int from, int to) {
        double slope = slopes[head];
        kernels.advanceExchanging(
                s, u, from, to, BlockDecay.fade(slope, count), BlockDecay.keep(slope, count));
    }

    /** (X Yᵀ) ⊙ cA for X, Y [L, n]. */
    private void scores(
            int l, float[] x, float[] y, int ld, int n, BackwardWorkspace ws, float[] result) {
        int ldp = ws.blocking.scoreStride();
        kernels.transpose(y, ld, l, n, ws.transposed, ldp);
        kernels.scores(x, ld, ws.transposed, ldp, result, ldp, l, n);
        kernels.scaleLower(result, ldp, l, ws.decay.scores, ws.decay.reach());
    }

    private void loadKeysAndValues(Rows rows, BackwardWorkspace ws) {
        Blocking b = ws.blocking;
        ws.decay.prepare(slopes[rows.head()], config.scale());
        features(rows, ws, buffers.k(), ws.rawK, ws.k);
        transfer.load(
                rows, problem.inputType(), buffers.v(), config.valueDim(), ws.v, b.valueStride());
    }

    private void loadQueriesAndOutputs(Rows rows, BackwardWorkspace ws) {
        ws.decay.prepare(slopes[rows.head()], config.scale());
        features(rows, ws, buffers.q(), ws.rawQ, ws.q);
        DType type = problem.outputType();
        transfer.load(
                rows,
                type,
                buffers.outputGradient(),
                config.valueDim(),
                ws.dO,
                ws.blocking.valueStride());
    }

    private void features(
            Rows rows,
            BackwardWorkspace ws,
            java.lang.foreign.MemorySegment source,
            float[] raw,
            float[] features) {
        int ld = ws.blocking.keyStride();
        transfer.load(rows, problem.inputType(), source, config.keyDim(), features, ld);
        if (config.featureMap() != FeatureMap.IDENTITY) {
            System.arraycopy(features, 0, raw, 0, rows.count() * ld);
            kernels.apply(config.featureMap(), features, 0, rows.count() * ld);
        }
    }

    private void chain(Rows rows, float[] raw, BackwardWorkspace ws) {
        kernels.chain(
                config.featureMap(), raw, rows.count() * ws.blocking.keyStride(), ws.gradient);
    }
}
