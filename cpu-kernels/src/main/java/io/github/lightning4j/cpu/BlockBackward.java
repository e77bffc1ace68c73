package io.github.lightning4j.cpu;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.cpu.Products.Band;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackwardBuffers;

import java.util.Arrays;

/**
 * One block of one head: the backward pass of docs/algorithm.md, same letters, same order.
 *
 * <p>Letters: L rows in the block, Q K [L, D], V dO [L, E], S [D, E] the state before the block, G
 * [D, E] the gradient of the state after it. S is only ever needed as Sᵀ [E, D] and kept so. The
 * factor c stands in the weights of dO. Immutable and thread-safe.
 */
final class BlockBackward {
    private final Kernels kernels;
    private final AttentionProblem problem;
    private final AttentionConfig config;
    private final RowTransfer transfer;
    private final BackwardBuffers buffers;
    private final float[] slopes;

    BlockBackward(Kernels kernels, AttentionProblem problem, BackwardBuffers buffers) {
        this.kernels = kernels;
        this.problem = problem;
        this.config = problem.config();
        this.transfer = new RowTransfer(kernels, problem);
        this.buffers = buffers;
        this.slopes = config.slopes();
    }

    /** Uᵀ = (diag(λ^(L−1−i)) V)ᵀ K: what the block adds to Sᵀ. */
    void stateUpdate(Rows rows, BackwardWorkspace ws, float[] uT) {
        Blocking b = ws.blocking;
        loadKeysAndValues(rows, ws);
        scaleByKeys(rows, ws, ws.v, b.valueStride(), config.valueDim());
        Arrays.fill(uT, 0);
        product(
                Band.FULL,
                ws.scaled,
                1,
                b.valueStride(),
                ws.k,
                b.keyStride(),
                uT,
                config.valueDim(),
                config.keyDim(),
                rows.count());
    }

    /** X = (c diag(λ^(i+1)) Q)ᵀ dO: what the block adds to G on the way back. */
    void gradientUpdate(Rows rows, BackwardWorkspace ws, float[] x) {
        Blocking b = ws.blocking;
        loadQueriesAndOutputs(rows, ws);
        kernels.scaleRows(
                ws.q, b.keyStride(), rows.count(), config.keyDim(), ws.decay.queries, 0, ws.scaled);
        Arrays.fill(x, 0);
        product(
                Band.FULL,
                ws.scaled,
                1,
                b.keyStride(),
                ws.dO,
                b.valueStride(),
                x,
                config.keyDim(),
                config.valueDim(),
                rows.count());
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

        // dQ = P K + diag(λ^(i+1)) dO Sᵀ
        kernels.scaleRows(ws.dO, ldv, l, e, ws.decay.queries, 0, ws.scaled);
        Arrays.fill(ws.gradient, 0);
        product(Band.FULL, ws.scaled, ldv, 1, sT, ldk, ws.gradient, l, d, e);
        product(Band.LOWER_LEFT, ws.p, ldp, 1, ws.k, ldk, ws.gradient, l, d, l);
        chain(rows, ws.rawQ, ws);
        transfer.store(rows, problem.inputType(), ws.gradient, ldk, d, buffers.dq());

        // dK = Pᵀ Q + diag(λ^(L−1−i)) V Gᵀ
        kernels.transpose(g, ldv, d, e, ws.gT, ldk);
        scaleByKeys(rows, ws, ws.v, ldv, e);
        Arrays.fill(ws.gradient, 0);
        product(Band.FULL, ws.scaled, ldv, 1, ws.gT, ldk, ws.gradient, l, d, e);
        product(Band.UPPER_LEFT, ws.p, 1, ldp, ws.q, ldk, ws.gradient, l, d, l);
        chain(rows, ws.rawK, ws);
        transfer.store(rows, problem.inputType(), ws.gradient, ldk, d, buffers.dk());

        // dV = ((Q Kᵀ) ⊙ A)ᵀ dO + diag(λ^(L−1−i)) K G
        scaleByKeys(rows, ws, ws.k, ldk, d);
        Arrays.fill(ws.gradient, 0);
        product(Band.FULL, ws.scaled, ldk, 1, g, ldv, ws.gradient, l, e, d);
        product(Band.UPPER_LEFT, ws.a, 1, ldp, ws.dO, ldv, ws.gradient, l, e, l);
        transfer.store(rows, problem.inputType(), ws.gradient, ldv, e, buffers.dv());
    }

    /** S = λ^L S + U, or G = λ^L G + X, on elements [from, to), leaving the old ones in u. */
    void advanceExchanging(Rows rows, float[] s, float[] u, int from, int to) {
        double slope = slopes[rows.head()];
        kernels.advanceExchanging(
                s,
                u,
                from,
                to,
                BlockDecay.fade(slope, rows.count()),
                BlockDecay.keep(slope, rows.count()));
    }

    /** (X Yᵀ) ⊙ cA for X, Y [L, n]. */
    private void scores(
            int l, float[] x, float[] y, int ld, int n, BackwardWorkspace ws, float[] result) {
        int ldp = ws.blocking.scoreStride();
        kernels.transpose(y, ld, l, n, ws.transposed, ldp);
        Arrays.fill(result, 0, l * ldp, 0);
        product(Band.LOWER_RESULT, x, ld, 1, ws.transposed, ldp, result, l, l, n);
        kernels.scaleLower(result, ldp, l, ws.decay.scores, ws.decay.reach());
    }

    /** C += A B where B and C [m, n] have the same stride. */
    private void product(
            Band band,
            float[] a,
            int aRow,
            int aCol,
            float[] b,
            int ld,
            float[] c,
            int m,
            int n,
            int k) {
        kernels.multiplyAdd(band, a, aRow, aCol, b, ld, c, ld, m, n, k);
    }

    private void scaleByKeys(Rows rows, BackwardWorkspace ws, float[] x, int ld, int n) {
        int l = rows.count();
        kernels.scaleRows(x, ld, l, n, ws.decay.keys, ws.decay.keysFrom(l), ws.scaled);
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
