package io.github.lightning4j.cpu;

import io.github.lightning4j.spi.AttentionProblem;

import java.util.function.IntConsumer;

/**
 * The blocks of all sequences and heads of one call, backward, shared out to threads.
 *
 * <p>A stream goes in waves of blocks. A first sweep keeps Sᵀ before each wave (checkpoints); then,
 * from the last wave to the first:
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
final class BackwardPass {
    /** Blocks of a wave, unless the caller says otherwise. */
    static final int DEFAULT_WAVE = 16;

    private final Engine engine;
    private final Engine.BackwardScratch scratch;
    private final Streams streams;
    private final BlockBackward block;
    private final States states;
    private final int waveBlocks;

    /** Where the state and the gradients of states live. */
    interface States {
        /** Reads Sᵀ [E, D] before the first token. */
        void initial(int stream, float[] sT);

        /** Reads ∂loss/∂(final state) [D, E]. */
        void finalGradient(int stream, float[] g);

        /** Takes ∂loss/∂(initial state). */
        void initialGradient(int stream, float[] g);
    }

    /** Runs numbered tasks, on one thread or many. */
    private interface Runner {
        void forEach(int tasks, IntConsumer body);
    }

    BackwardPass(
            Engine engine,
            Blocking blocking,
            AttentionProblem problem,
            BlockBackward block,
            States states) {
        this.engine = engine;
        this.scratch = engine.backwardScratch(blocking);
        this.streams = new Streams(problem, blocking);
        this.block = block;
        this.states = states;
        this.waveBlocks = engine.backwardWave();
    }

    /** Computes everything. */
    void run() {
        Streams.Shares shares = streams.share(engine.pool.threads());
        for (int stream : shares.together()) {
            scratch.waves().with(wave -> stream(stream, wave, engine.pool::forEach));
        }
        engine.pool.forEach(
                shares.parts(),
                part ->
                        scratch.waves()
                                .with(wave -> {
                                    for (int i = part;
                                            i < shares.alone().size();
                                            i += shares.parts()) {
                                        stream(shares.alone().get(i), wave, BackwardPass::alone);
                                    }
                                }));
    }

    private static void alone(int tasks, IntConsumer body) {
        for (int i = 0; i < tasks; i++) {
            body.accept(i);
        }
    }

    private void stream(int stream, BackwardWave wave, Runner runner) {
        long blocks = streams.blocks(stream);
        int waves = (int) ((blocks + waveBlocks - 1) / waveBlocks);
        states.initial(stream, wave.sT);
        float[][] checkpoints = new float[Math.max(0, waves - 1)][];
        for (int w = 0; w < waves - 1; w++) {
            checkpoints[w] = wave.sT.clone();
            firstSweep(stream, (long) w * waveBlocks, wave, runner);
        }
        states.finalGradient(stream, wave.g);
        for (int w = waves - 1; w >= 0; w--) {
            if (w < waves - 1) {
                System.arraycopy(checkpoints[w], 0, wave.sT, 0, wave.sT.length);
            }
            long first = (long) w * waveBlocks;
            backward(stream, first, (int) Math.min(waveBlocks, blocks - first), wave, runner);
        }
        states.initialGradient(stream, wave.g);
    }

    /** Moves Sᵀ over a whole wave. */
    private void firstSweep(int stream, long first, BackwardWave wave, Runner runner) {
        runner.forEach(
                waveBlocks,
                i ->
                        scratch.workspaces()
                                .with(ws ->
                                        block.stateUpdate(
                                                streams.rows(stream, first + i), ws, wave.uT[i])));
        scan(stream, first, waveBlocks, wave, runner, false);
    }

    private void backward(int stream, long first, int size, BackwardWave wave, Runner runner) {
        runner.forEach(
                size,
                i ->
                        scratch.workspaces()
                                .with(ws -> {
                                    Rows rows = streams.rows(stream, first + i);
                                    block.stateUpdate(rows, ws, wave.uT[i]);
                                    block.gradientUpdate(rows, ws, wave.x[i]);
                                }));
        scan(stream, first, size, wave, runner, true);
        runner.forEach(
                size,
                i ->
                        scratch.workspaces()
                                .with(ws ->
                                        block.gradients(
                                                streams.rows(stream, first + i),
                                                wave.uT[i],
                                                wave.x[i],
                                                ws)));
    }

    /** Scans Sᵀ forward and, if wanted, G backward; U_b becomes S_b, X_b becomes G_b. */
    private void scan(
            int stream, long first, int size, BackwardWave wave, Runner runner, boolean gradient) {
        int parts = engine.pool.threads();
        runner.forEach(
                parts,
                part -> {
                    int from = part(wave.sT.length, part, parts);
                    int to = part(wave.sT.length, part + 1, parts);
                    for (int i = 0; i < size; i++) {
                        Rows rows = streams.rows(stream, first + i);
                        block.advanceExchanging(rows, wave.sT, wave.uT[i], from, to);
                    }
                    int gFrom = part(wave.g.length, part, parts);
                    int gTo = part(wave.g.length, part + 1, parts);
                    for (int i = size - 1; gradient && i >= 0; i--) {
                        Rows rows = streams.rows(stream, first + i);
                        block.advanceExchanging(rows, wave.g, wave.x[i], gFrom, gTo);
                    }
                });
    }

    private static int part(int length, int part, int parts) {
        return (int) ((long) length * part / parts);
    }
}
