package io.github.lightning4j.cpu;

import io.github.lightning4j.cpu.BlockForward.Rows;
import io.github.lightning4j.spi.ForwardProblem;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;

/**
 * The blocks of all sequences and heads of one call, shared out to threads.
 *
 * <p>A <em>stream</em> is one head of one sequence. Streams are independent, so where they divide
 * evenly each thread takes whole streams. Where they do not (few heads, long sequences, one much
 * longer than the rest) the threads work on a long stream together, in waves of blocks:
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
final class ForwardPass {
    /** Whole streams are fine while the busiest thread has this much more than its share. */
    private static final double TOLERATED_IMBALANCE = 1.15;

    /** Multiply-adds below which waking another thread costs more than it gains. */
    private static final double WORTH_WAKING = 2e6;

    private final Engine engine;
    private final Engine.Scratch scratch;
    private final Blocking blocking;
    private final ForwardProblem problem;
    private final BlockForward block;
    private final States states;

    /** Where the state of a stream lives. */
    interface States {
        /**
         * S before the first token.
         *
         * @param stream r · H + h
         * @param home memory that may be used for it
         * @return S [D, E] with padded rows, to be moved on in place
         */
        float[] begin(int stream, float[] home);

        /** Takes S after the last token. */
        void end(int stream, float[] s);
    }

    ForwardPass(
            Engine engine,
            Blocking blocking,
            ForwardProblem problem,
            BlockForward block,
            States states) {
        this.engine = engine;
        this.scratch = engine.scratch(blocking);
        this.blocking = blocking;
        this.problem = problem;
        this.block = block;
        this.states = states;
    }

    /** Computes everything. */
    void run() {
        int heads = problem.config().heads();
        List<Integer> streams = new ArrayList<>();
        for (int i = 0; i < problem.sequences() * heads; i++) {
            streams.add(i);
        }
        streams.sort(Comparator.comparingLong(this::blocks).reversed());
        Deque<Integer> alone = new ArrayDeque<>(streams);
        while (imbalanced(alone)) {
            int longest = alone.removeFirst();
            scratch.workspaces().with(ws -> together(longest, ws.state));
        }
        Integer[] rest = alone.toArray(Integer[]::new);
        int parts = work() < WORTH_WAKING ? Math.min(1, rest.length) : rest.length;
        engine.pool.forEach(
                parts,
                part ->
                        scratch.workspaces()
                                .with(ws -> {
                                    for (int i = part; i < rest.length; i += parts) {
                                        alone(rest[i], ws);
                                    }
                                }));
    }

    /** Multiply-adds of the whole call, more or less. */
    private double work() {
        double rows = 0;
        for (int r = 0; r < problem.sequences(); r++) {
            rows += problem.length(r);
        }
        return rows * problem.config().heads() * 2.0 * blocking.keyDim() * blocking.valueDim();
    }

    private long blocks(int stream) {
        return blocking.blocks(problem.length(stream / problem.config().heads()));
    }

    /** Whether whole streams, longest first to the least busy thread, leave threads idle. */
    private boolean imbalanced(Deque<Integer> streams) {
        int threads = engine.pool.threads();
        if (threads == 1 || streams.isEmpty() || blocks(streams.getFirst()) < 2L * threads) {
            return false;
        }
        PriorityQueue<Long> loads = new PriorityQueue<>();
        for (int i = 0; i < threads; i++) {
            loads.add(0L);
        }
        long total = 0;
        long busiest = 0;
        for (int stream : streams) {
            long load = loads.remove() + blocks(stream);
            loads.add(load);
            total += blocks(stream);
            busiest = Math.max(busiest, load);
        }
        return busiest * threads > TOLERATED_IMBALANCE * total;
    }

    private void alone(int stream, Workspace ws) {
        float[] s = states.begin(stream, ws.state);
        long count = blocks(stream);
        for (long b = 0; b < count; b++) {
            Rows rows = rows(stream, b);
            block.loadKeysAndValues(rows, ws);
            block.outputs(rows, s, ws);
            block.update(rows, ws, ws.update);
            block.advance(rows, s, ws.update, 0, s.length);
        }
        states.end(stream, s);
    }

    private void together(int stream, float[] home) {
        float[] s = states.begin(stream, home);
        long count = blocks(stream);
        scratch.waves()
                .with(wave -> {
                    for (long b = 0; b < count; b += wave.length) {
                        int size = (int) Math.min(wave.length, count - b);
                        wave(stream, b, size, s, wave);
                    }
                });
        states.end(stream, s);
    }

    private void wave(int stream, long first, int size, float[] s, float[][] u) {
        engine.pool.forEach(
                size,
                i ->
                        scratch.workspaces()
                                .with(ws -> {
                                    Rows rows = rows(stream, first + i);
                                    block.loadKeysAndValues(rows, ws);
                                    block.update(rows, ws, u[i]);
                                }));
        int parts = engine.pool.threads();
        engine.pool.forEach(
                parts,
                part -> {
                    int from = (int) ((long) s.length * part / parts);
                    int to = (int) ((long) s.length * (part + 1) / parts);
                    for (int i = 0; i < size; i++) {
                        block.advanceExchanging(rows(stream, first + i), s, u[i], from, to);
                    }
                });
        engine.pool.forEach(
                size,
                i ->
                        scratch.workspaces()
                                .with(ws -> {
                                    Rows rows = rows(stream, first + i);
                                    block.loadKeysAndValues(rows, ws);
                                    block.outputs(rows, u[i], ws);
                                }));
    }

    private Rows rows(int stream, long b) {
        int heads = problem.config().heads();
        int sequence = stream / heads;
        long first = b * blocking.rows();
        long left = problem.length(sequence) - first;
        return new Rows(sequence, stream % heads, first, (int) Math.min(blocking.rows(), left));
    }
}
