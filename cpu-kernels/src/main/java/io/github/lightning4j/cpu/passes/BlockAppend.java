package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.Elements;
import io.github.lightning4j.cpu.arithmetic.Kernels;
import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.cpu.arithmetic.Products;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.ForwardBuffers;

/**
 * Many tokens of a block at once, behind those that it has:
 *
 * <pre>
 *   O = c (diag(λ^(i+1)) Q S + ((Q Kᵀ) ⊙ A) V)     A[i, j] = λ^(i−j) where i ≥ j, else 0
 * </pre>
 *
 * <p>Rows have the place in Q, K, V and O that they have in the block, and O is computed in whole
 * tiles of rows. So what a row becomes does not depend on how many came before it in the same
 * append, nor on how many follow. Rows of Q before the first new one hold what was there before,
 * and theirs of O are not looked at.
 *
 * <p>Immutable and thread-safe; all scratch is in the {@link Workspace}.
 */
final class BlockAppend {
    private final Products products;
    private final Elements elements;
    private final RowTransfer transfer;
    private final ForwardBuffers buffers;
    private final Decode decode;

    BlockAppend(Kernels kernels, AttentionProblem problem, ForwardBuffers buffers, Decode decode) {
        products = kernels.products();
        elements = kernels.elements();
        transfer = new RowTransfer(elements, problem);
        this.buffers = buffers;
        this.decode = decode;
    }

    /**
     * Appends rows to a block that has room for them, and writes their outputs. The workspace holds
     * the block, as {@link TokenBlock#read} left it with the workspace's state as S, and does so
     * afterwards.
     */
    void run(Rows rows, TokenBlock block, Workspace ws) {
        int p = block.rows();
        transfer.features(rows, buffers.q(), ws.q, p);
        transfer.features(rows, buffers.k(), ws.k, p);
        transfer.load(rows, buffers.v(), ws.v, p);
        block.rows(ws.k.rows());
        block.k.writeRows(p, block.rows(), ws.k);
        block.v.writeRows(p, block.rows(), ws.v);

        // P = (Q Kᵀ) ⊙ A
        BlockDecay decay = decode.decay(rows.head());
        elements.transpose(ws.k, ws.kT);
        products.scores(ws.q, ws.kT, ws.p);
        elements.mask(ws.p, decay.scores, decay.reach());

        // O = diag(λ^(i+1)) Q S + P V
        int whole = Matrix.wholeTiles(block.rows());
        ws.q.shape(whole, ws.q.columns());
        ws.p.shape(whole, whole);
        products.sum(ws.finish.weigh(decay.queries, 0), ws.q, ws.state, ws.p, ws.v, ws.o);
        transfer.store(rows, ws.o, p, buffers.output());
    }
}
