package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.spi.AttentionProblem;

import java.util.Arrays;
import java.util.List;

/**
 * The blocks of all sequences and heads of one call, shared out to threads.
 *
 * <p>A <em>stream</em> is one head of one sequence. Streams are independent, so where they divide
 * evenly each thread takes whole streams. Where they do not (few heads, long sequences, one much
 * longer than the rest) but halves or quarters of their columns do, each thread takes those, since
 * columns of V, O and S are independent too; scores are then computed once for each part. Else the
 * threads work on a long stream together, in waves of blocks:
 *
 * <pre>
 *   1  every block b:  U_b = (diag(λ^(L−1−i)) K)ᵀ V           in parallel over blocks
 *   2  scan:           S_{b+1} = λ^L S_b + U_b                in parallel over elements of S
 *   3  every block b:  O_b from Q, K, V and S_b               in parallel over blocks
 * </pre>
 *
 * <p>That is the merge law at the grain of a block, and the same operations in the same order as
 * one thread does: results are the same bit for bit however the work is shared.
 */
public final class ForwardPass {
    private final Engine engine;
    private final Blocking blocking;
    private final Engine.Scratch scratch;
    private final Streams streams;
    private final BlockForward block;
    private final States states;

    public ForwardPass(
            Engine engine,
            Blocking blocking,
            AttentionProblem problem,
            BlockForward block,
            States states) {
        this.engine = engine;
        this.blocking = blocking;
        this.scratch = engine.scratch(blocking);
        this.streams = new Streams(problem, blocking);
        this.block = block;
        this.states = states;
    }

    /** Computes everything. */
    public void run() {
        int parts = streams.columnParts(engine.pool.threads());
        if (parts > 1) {
            columns(parts);
            return;
        }
        Streams.Shares shares = streams.share(engine.pool.threads());
        for (int stream : shares.together()) {
            scratch.workspaces().with(ws -> together(stream, ws.state));
        }
        shares.forEachAlone(engine.pool, scratch.workspaces(), this::alone);
    }

    /** Every stream in parts of its columns, each of which one thread works on. */
    private void columns(int parts) {
        List<Integer> longestFirst = streams.longestFirst();
        Matrix[] s = new Matrix[longestFirst.size()];
        Arrays.setAll(s, stream -> states.begin(stream, blocking.state()));
        Blocking cut = blocking.cut(parts);
        BlockForward[] blocks = new BlockForward[parts];
        Arrays.setAll(blocks, part -> block.from(part * cut.valueDim()));
        engine.pool.forEach(
                s.length * parts,
                engine.scratch(cut).workspaces(),
                (i, ws) -> {
                    int stream = longestFirst.get(i / parts);
                    int part = i % parts;
                    ws.state.setToColumns(s[stream], part * cut.valueDim());
                    advance(blocks[part], stream, ws.state, ws);
                    s[stream].setColumns(part * cut.valueDim(), ws.state);
                });
        for (int stream = 0; stream < s.length; stream++) {
            states.end(stream, s[stream]);
        }
    }

    private void alone(int stream, Workspace ws) {
        streams.look();
        Matrix s = states.begin(stream, ws.state);
        advance(block, stream, s, ws);
        states.end(stream, s);
    }

    /** Computes the blocks of a stream in order. */
    private void advance(BlockForward block, int stream, Matrix s, Workspace ws) {
        long count = streams.blocks(stream);
        for (long b = 0; b < count; b++) {
            Rows rows = streams.rows(stream, b, ws.rows);
            block.loadKeysAndValues(rows, ws);
            block.outputs(rows, s, ws);
            streams.look();
            block.advance(rows, ws, s);
        }
    }

    private void together(int stream, Matrix home) {
        Matrix s = states.begin(stream, home);
        long count = streams.blocks(stream);
        scratch.waves()
                .with(wave -> {
                    for (long b = 0; b < count; b += wave.blocks()) {
                        int size = (int) Math.min(wave.blocks(), count - b);
                        wave(stream, b, size, s, wave);
                    }
                });
        states.end(stream, s);
    }

    private void wave(int stream, long first, int size, Matrix s, Updates<Matrix> u) {
        engine.pool.forEach(
                size,
                scratch.workspaces(),
                (i, ws) -> {
                    Rows rows = streams.rows(stream, first + i, ws.rows);
                    block.loadKeysAndValues(rows, ws);
                    block.update(ws, u.of(i));
                });
        int head = streams.head(stream);
        int parts = engine.pool.threads();
        engine.pool.forEach(
                parts,
                part -> {
                    int from = blocking.part(s, part, parts);
                    int to = blocking.part(s, part + 1, parts);
                    for (int i = 0; i < size; i++) {
                        streams.look();
                        int count = streams.count(stream, first + i);
                        block.advanceExchanging(head, count, s, u.of(i), from, to);
                    }
                });
        engine.pool.forEach(
                size,
                scratch.workspaces(),
                (i, ws) -> {
                    Rows rows = streams.rows(stream, first + i, ws.rows);
                    block.loadKeysAndValues(rows, ws);
                    block.outputs(rows, u.of(i), ws);
                });
    }
}
