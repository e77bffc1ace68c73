package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.cpu.arithmetic.Elements;
import io.github.lightning4j.cpu.arithmetic.Kernels;
import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.cpu.arithmetic.Products;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.spi.TensorMemory;

/**
 * A few tokens. Their keys and values first go into the block; with p rows before it, the output of
 * each comes from S and the rows:
 *
 * <pre>
 *   o = c λ^(p+1) q S + c Σ_{j≤p} λ^(p−j) (q · k_j) v_j
 * </pre>
 *
 * <p>A full block is folded into S at once. So a step reads S and does not write it, which is less
 * traffic than S = λ S + kᵀ v each time; and S is rounded once for a block of tokens, with its
 * power of λ taken from the slope in double, so that a million steps agree with one prefill even at
 * s = 4e−8.
 *
 * <p>Immutable and thread-safe; all scratch is in the {@link Workspace}.
 */
final class Decode {
    /** The most tokens for which S is read once. */
    static final int TOKENS = 4;

    /**
     * The most multiply-adds of a call that is taken whole, whatever interrupts it: some 5 ms with
     * vectors and 35 ms with plain loops.
     */
    private static final double WHOLE = 32e6;

    /** Those of a block, and up to whole tiles of products. */
    private static final int ROWS = Matrix.wholeTiles(TokenBlock.ROWS);

    private final Products products;
    private final Elements elements;
    private final AttentionConfig config;
    private final float[] slopes;

    /** The powers of each head, kept because a step is too short to compute them. */
    private final BlockDecay[] decays;

    Decode(Kernels kernels, AttentionConfig config) {
        products = kernels.products();
        elements = kernels.elements();
        this.config = config;
        slopes = config.slopes();
        decays = new BlockDecay[slopes.length];
        for (int h = 0; h < decays.length; h++) {
            decays[h] = new BlockDecay(ROWS, kernels.lanes());
            decays[h].prepare(slopes[h], config.scale());
        }
    }

    /** Whether a call whose tokens are all decoded is short enough to be taken whole. */
    boolean isTakenWhole(AttentionProblem problem) {
        double tokens = 0;
        for (int r = 0; r < problem.sequences(); r++) {
            tokens += problem.length(r);
        }
        double d = config.keyDim();
        double e = config.valueDim();
        return tokens * config.heads() * (d * e + TokenBlock.ROWS * (d + e)) <= WHOLE;
    }

    /** The powers of a head's λ, for rows of whole tiles. */
    BlockDecay decay(int head) {
        return decays[head];
    }

    /**
     * Computes some tokens of one head of a sequence, the first of which is t.
     *
     * @param count at most {@link #TOKENS}, and as many as the block has room for
     */
    void steps(
            AttentionProblem problem,
            ForwardBuffers buffers,
            int sequence,
            int head,
            long t,
            int count,
            TokenBlock block,
            Workspace ws) {
        DType type = problem.inputType();
        DType out = problem.outputType();
        int d = config.keyDim();
        int e = config.valueDim();
        long keyStride = problem.rowStride(d);
        long valueStride = problem.rowStride(e);
        long key = problem.rowOffset(sequence, head, d) + t * keyStride;
        long value = problem.rowOffset(sequence, head, e) + t * valueStride;
        load(type, buffers.q(), key, keyStride, count, ws.q);
        load(type, buffers.k(), key, keyStride, count, ws.k);
        load(type, buffers.v(), value, valueStride, count, ws.v);
        elements.apply(config.featureMap(), ws.q, 0, count);
        elements.apply(config.featureMap(), ws.k, 0, count);
        int p = block.rows();
        block.k.writeRows(p, ws.k);
        block.v.writeRows(p, ws.v);

        // o = c λ^(p+1) q S + c Σ_{j≤p} λ^(p−j) (q · k_j) v_j
        BlockDecay decay = decays[head];
        block.multiply(products, decay.queries, p, ws.q, ws.o);
        for (int i = 0; i < count; i++) {
            block.rows(p + i + 1);
            int nearest = decay.reach() - p - i;
            products.dots(block.k, ws.q, i, decay.scores, nearest, ws.scores);
            products.addRow(ws.scores, block.v, ws.o, i);
        }
        TensorMemory outputs = buffers.output();
        for (int i = 0; i < count; i++) {
            long at = outputs.at(value + i * valueStride) * out.bytes();
            int row = i * ws.o.rowStride();
            elements.store(ws.o.floats(), row, e, out, outputs.segment(), at);
        }
    }

    private void load(
            DType type, TensorMemory source, long first, long stride, int count, Matrix x) {
        x.shape(count, x.columns());
        for (int i = 0; i < count; i++) {
            long at = source.at(first + i * stride) * type.bytes();
            int row = i * x.rowStride();
            elements.load(type, source.segment(), at, x.floats(), row, x.columns());
        }
    }

    /**
     * S = λ^p S + Σ_j λ^(p−1−j) k_jᵀ v_j over the p rows of the workspace's keys and values, as
     * {@link TokenBlock#read} left them; the keys are scaled in place.
     */
    void fold(int head, Matrix s, Workspace ws) {
        int p = ws.k.rows();
        double slope = slopes[head];
        BlockDecay decay = decays[head];
        float fade = BlockDecay.fade(slope, p);
        float keep = BlockDecay.keep(slope, p);
        elements.scaleRows(ws.k, decay.keys, decay.keysFrom(p), ws.k);
        products.multiply(ws.finish.advance(fade, keep, s), ws.k.t(), ws.v, s);
    }
}
