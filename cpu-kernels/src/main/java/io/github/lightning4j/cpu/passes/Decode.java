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
 * Tokens one by one. A token's key and value first go into the block; with p rows before it, its
 * output comes from S and the rows:
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

    /** The powers of a head's λ, for rows of whole tiles. */
    BlockDecay decay(int head) {
        return decays[head];
    }

    /** Computes token t of one head of a sequence, whose block must have room for it. */
    void step(
            AttentionProblem problem,
            ForwardBuffers buffers,
            int sequence,
            int head,
            long t,
            TokenBlock block,
            Workspace ws) {
        DType type = problem.inputType();
        DType out = problem.outputType();
        int d = config.keyDim();
        int e = config.valueDim();
        long key = problem.rowOffset(sequence, head, d) + t * problem.rowStride(d);
        long value = problem.rowOffset(sequence, head, e) + t * problem.rowStride(e);
        TensorMemory queries = buffers.q();
        TensorMemory keys = buffers.k();
        TensorMemory values = buffers.v();
        TensorMemory outputs = buffers.output();
        int bytes = type.bytes();
        int p = block.rows();
        block.rows(p + 1);
        Matrix k = block.k;
        Matrix v = block.v;
        elements.load(type, queries.segment(), queries.at(key) * bytes, ws.q.floats(), 0, d);
        elements.load(type, keys.segment(), keys.at(key) * bytes, k.floats(), p * k.rowStride(), d);
        elements.load(
                type, values.segment(), values.at(value) * bytes, v.floats(), p * v.rowStride(), e);
        elements.apply(config.featureMap(), ws.q, 0, 1);
        elements.apply(config.featureMap(), k, p, p + 1);

        // o = c λ^(p+1) q S + c Σ_{j≤p} λ^(p−j) (q · k_j) v_j
        BlockDecay decay = decays[head];
        block.multiplyRow(products, decay.queries[p], ws.q, ws.o);
        products.dots(k, ws.q, decay.scores, decay.reach() - p, ws.scores);
        products.addRow(ws.scores, v, ws.o);
        elements.store(
                ws.o.floats(), 0, e, out, outputs.segment(), outputs.at(value) * out.bytes());
    }

    /**
     * target = λ^p S + Σ_j λ^(p−1−j) k_jᵀ v_j over the p rows of a block; it may be S itself, or
     * the workspace's state.
     */
    void fold(int head, TokenBlock block, Matrix target, Workspace ws) {
        int p = block.rows();
        double slope = slopes[head];
        BlockDecay decay = decays[head];
        float fade = BlockDecay.fade(slope, p);
        float keep = BlockDecay.keep(slope, p);
        elements.scaleRows(block.k, decay.keys, decay.keysFrom(p), ws.k);
        Matrix s = block.state(elements, ws.state);
        products.multiply(ws.finish.advance(fade, keep, s), ws.k.t(), block.v, target);
    }
}
