package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.spi.AttentionProblem;

/**
 * The backward pass over the blocks of all sequences and heads of one call, shared out to threads.
 *
 * <p>A stream, one head of one sequence, is computed in waves of blocks. A first sweep keeps Sᵀ
 * before each wave (checkpoints); then, from the last wave to the first:
 *
 * <pre>
 *   1  every block b:  U_bᵀ and X_b                             in parallel over blocks
 *   2  scan forward:   S_{b+1} = λ^L S_b + U_b, from the checkpoint
 *      scan backward:  G_{b−1} = λ^L G_b + X_b                  in parallel over elements
 *   3  every block b:  dQ, dK, dV from S_b and G_b              in parallel over blocks
 * </pre>
 *
 * <p>With n blocks and waves of w that is n/w checkpoints and 2w matrices [D, E]. As in {@link
 * ForwardPass}, one thread or many perform the same operations in the same order.
 */
public final class BackwardPass {
    private final Engine engine;
    private final Blocking blocking;
    private final Engine.BackwardScratch scratch;
    private final Streams streams;
    private final BlockBackward block;
    private final StreamEnds states;
    private final int waveBlocks;

    /** The states and gradients at the two ends of each stream, in the memory of the caller. */
    public interface StreamEnds {
        /** Reads Sᵀ [E, D] before the first token. */
        void initial(int stream, Matrix sT);

        /** Reads ∂loss/∂(final state) [D, E]. */
        void finalGradient(int stream, Matrix g);

        /** Takes ∂loss/∂(initial state). */
        void initialGradient(int stream, Matrix g);
    }

    public BackwardPass(
            Engine engine,
            Blocking blocking,
            AttentionProblem problem,
            BlockBackward block,
            StreamEnds states) {
        this.engine = engine;
        this.blocking = blocking;
        this.scratch = engine.backwardScratch(blocking);
        this.streams = new Streams(problem, blocking);
        this.block = block;
        this.states = states;
        this.waveBlocks = engine.backwardWave();
    }

    /** Computes everything. */
    public void run() {
        Streams.Shares shares = streams.share(engine.pool.threads());
        for (int stream : shares.together()) {
            scratch.waves().with(wave -> together(stream, wave));
        }
        shares.forEachAlone(engine.pool, scratch.waves(), this::alone);
    }

    /**
     * A stream on one thread: the same sums, each added to a state as soon as it is complete. Only
     * the Sᵀ before every block of a wave are kept.
     */
    private void alone(int stream, BackwardWave wave) {
        scratch.workspaces().with(ws -> alone(stream, wave, ws));
    }

    private void alone(int stream, BackwardWave wave, BackwardWorkspace ws) {
        long blocks = streams.blocks(stream);
        int waves = waves(blocks);
        streams.look();
        states.initial(stream, wave.sT);
        for (int w = 0; w < waves - 1; w++) {
            wave.keep(w);
            for (int i = 0; i < waveBlocks; i++) {
                Rows rows = streams.rows(stream, (long) w * waveBlocks + i, ws.rows);
                block.advanceState(rows, ws, wave.sT, wave.sT);
            }
        }
        states.finalGradient(stream, wave.g);
        for (int w = waves - 1; w >= 0; w--) {
            long first = (long) w * waveBlocks;
            int size = (int) Math.min(waveBlocks, blocks - first);
            wave.uT.of(0).set(w < waves - 1 ? wave.kept(w) : wave.sT);
            for (int i = 0; i < size - 1; i++) {
                Rows rows = streams.rows(stream, first + i, ws.rows);
                block.advanceState(rows, ws, wave.uT.of(i), wave.uT.of(i + 1));
            }
            for (int i = size - 1; i >= 0; i--) {
                Rows rows = streams.rows(stream, first + i, ws.rows);
                block.gradients(rows, wave.uT.of(i), wave.g, ws);
                streams.look();
                block.advanceGradient(rows, ws, wave.g);
            }
        }
        wave.forget();
        states.initialGradient(stream, wave.g);
    }

    private int waves(long blocks) {
        return (int) ((blocks + waveBlocks - 1) / waveBlocks);
    }

    private void together(int stream, BackwardWave wave) {
        long blocks = streams.blocks(stream);
        int waves = waves(blocks);
        states.initial(stream, wave.sT);
        for (int w = 0; w < waves - 1; w++) {
            wave.keep(w);
            firstSweep(stream, (long) w * waveBlocks, wave);
        }
        states.finalGradient(stream, wave.g);
        for (int w = waves - 1; w >= 0; w--) {
            if (w < waves - 1) {
                wave.sT.set(wave.kept(w));
            }
            long first = (long) w * waveBlocks;
            backward(stream, first, (int) Math.min(waveBlocks, blocks - first), wave);
        }
        wave.forget();
        states.initialGradient(stream, wave.g);
    }

    /** Advances Sᵀ by a whole wave. */
    private void firstSweep(int stream, long first, BackwardWave wave) {
        engine.pool.forEach(
                waveBlocks,
                scratch.workspaces(),
                (i, ws) ->
                        block.stateUpdate(
                                streams.rows(stream, first + i, ws.rows), ws, wave.uT.of(i)));
        scan(stream, first, waveBlocks, wave, false);
    }

    private void backward(int stream, long first, int size, BackwardWave wave) {
        engine.pool.forEach(
                size,
                scratch.workspaces(),
                (i, ws) -> {
                    Rows rows = streams.rows(stream, first + i, ws.rows);
                    block.stateUpdate(rows, ws, wave.uT.of(i));
                    streams.look();
                    block.gradientUpdate(rows, ws, wave.x.of(i));
                });
        scan(stream, first, size, wave, true);
        engine.pool.forEach(
                size,
                scratch.workspaces(),
                (i, ws) ->
                        block.gradients(
                                streams.rows(stream, first + i, ws.rows),
                                wave.uT.of(i),
                                wave.x.of(i),
                                ws));
    }

    /** Scans Sᵀ forward and, if wanted, G backward; U_b becomes S_b, X_b becomes G_b. */
    private void scan(int stream, long first, int size, BackwardWave wave, boolean gradient) {
        int head = streams.head(stream);
        int parts = engine.pool.threads();
        engine.pool.forEach(
                parts,
                part -> {
                    int from = blocking.part(wave.sT, part, parts);
                    int to = blocking.part(wave.sT, part + 1, parts);
                    for (int i = 0; i < size; i++) {
                        streams.look();
                        int count = streams.count(stream, first + i);
                        block.advanceExchanging(head, count, wave.sT, wave.uT.of(i), from, to);
                    }
                    int gFrom = blocking.part(wave.g, part, parts);
                    int gTo = blocking.part(wave.g, part + 1, parts);
                    for (int i = size - 1; gradient && i >= 0; i--) {
                        streams.look();
                        int count = streams.count(stream, first + i);
                        block.advanceExchanging(head, count, wave.g, wave.x.of(i), gFrom, gTo);
                    }
                });
    }
}
