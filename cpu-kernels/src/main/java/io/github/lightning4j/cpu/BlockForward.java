package io.github.lightning4j.cpu;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.cpu.Products.Band;
import io.github.lightning4j.spi.AttentionProblem;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * One block of one head: the forward pass of docs/algorithm.md, same letters, same order.
 *
 * <p>Letters: L rows in the block, Q K [L, D], V O [L, E], S [D, E] the state before the block, U
 * what the block adds to it. Immutable and thread-safe; all scratch is in the {@link Workspace}.
 */
final class BlockForward {
    private final Kernels kernels;
    private final AttentionProblem problem;
    private final RowTransfer transfer;
    private final AttentionConfig config;
    private final float[] slopes;
    private final MemorySegment q;
    private final MemorySegment k;
    private final MemorySegment v;
    private final MemorySegment o;

    BlockForward(
            Kernels kernels,
            AttentionProblem problem,
            MemorySegment q,
            MemorySegment k,
            MemorySegment v,
            MemorySegment o) {
        this.kernels = kernels;
        this.problem = problem;
        this.transfer = new RowTransfer(kernels, problem);
        this.config = problem.config();
        this.slopes = config.slopes();
        this.q = q;
        this.k = k;
        this.v = v;
        this.o = o;
    }

    /** Reads K and V of the block. */
    void loadKeysAndValues(Rows rows, Workspace ws) {
        Blocking b = ws.blocking;
        ws.decay.prepare(slopes[rows.head()], config.scale());
        transfer.load(rows, problem.inputType(), k, config.keyDim(), ws.k, b.keyStride());
        transfer.load(rows, problem.inputType(), v, config.valueDim(), ws.v, b.valueStride());
        kernels.apply(config.featureMap(), ws.k, 0, rows.count() * b.keyStride());
    }

    /** O = c (Q Kᵀ ⊙ A) V + c diag(λ^(i+1)) Q S, from K and V already read, written out. */
    void outputs(Rows rows, float[] s, Workspace ws) {
        Blocking b = ws.blocking;
        int l = rows.count();
        int d = b.keyDim();
        int e = b.valueDim();
        transfer.load(rows, problem.inputType(), q, d, ws.q, b.keyStride());
        kernels.apply(config.featureMap(), ws.q, 0, l * b.keyStride());

        // P = (Q Kᵀ) ⊙ A
        kernels.transpose(ws.k, b.keyStride(), l, d, ws.kT, b.scoreStride());
        Arrays.fill(ws.p, 0, l * b.scoreStride(), 0);
        kernels.multiplyAdd(
                Band.LOWER_RESULT,
                ws.q,
                b.keyStride(),
                1,
                ws.kT,
                b.scoreStride(),
                ws.p,
                b.scoreStride(),
                l,
                l,
                d);
        kernels.scaleLower(ws.p, b.scoreStride(), l, ws.decay.scores, ws.decay.reach());

        // O = diag(λ^(i+1)) Q S + P V
        Arrays.fill(ws.o, 0, l * b.valueStride(), 0);
        kernels.scaleRows(ws.q, b.keyStride(), l, d, ws.decay.queries, 0, ws.q);
        kernels.multiplyAdd(
                Band.FULL,
                ws.q,
                b.keyStride(),
                1,
                s,
                b.valueStride(),
                ws.o,
                b.valueStride(),
                l,
                e,
                d);
        kernels.multiplyAdd(
                Band.LOWER_LEFT,
                ws.p,
                b.scoreStride(),
                1,
                ws.v,
                b.valueStride(),
                ws.o,
                b.valueStride(),
                l,
                e,
                l);
        transfer.store(rows, problem.outputType(), ws.o, b.valueStride(), e, o);
    }

    /** U = (diag(λ^(L−1−i)) K)ᵀ V, from K and V already read; K is consumed. */
    void update(Rows rows, Workspace ws, float[] u) {
        Blocking b = ws.blocking;
        int l = rows.count();
        kernels.scaleRows(
                ws.k, b.keyStride(), l, b.keyDim(), ws.decay.keys, ws.decay.keysFrom(l), ws.k);
        Arrays.fill(u, 0, b.updateSize(), 0);
        kernels.multiplyAdd(
                Band.FULL,
                ws.k,
                1,
                b.keyStride(),
                ws.v,
                b.valueStride(),
                u,
                b.valueStride(),
                b.keyDim(),
                b.valueDim(),
                l);
    }

    /** S = λ^L S + U on elements [from, to) of S. */
    void advance(Rows rows, float[] s, float[] u, int from, int to) {
        double slope = slopes[rows.head()];
        kernels.advance(
                s,
                u,
                from,
                to,
                BlockDecay.fade(slope, rows.count()),
                BlockDecay.keep(slope, rows.count()));
    }

    /** As {@link #advance}, leaving the old S in u. */
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
}
