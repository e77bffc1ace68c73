package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.AttentionInterruptedException;
import io.github.lightning4j.cpu.threads.ScratchPool;
import io.github.lightning4j.cpu.threads.WorkerPool;
import io.github.lightning4j.spi.AttentionProblem;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.IntToLongFunction;

/**
 * The streams of a call and how threads share them. A stream is one head of one sequence: r · H +
 * h. Whoever takes the next block of one learns here that the call was interrupted. Between two
 * looks there are 16 million multiply-adds at the most at D = E = 256, so that a call ends within
 * 50 ms, also in plain loops.
 *
 * @param problem the call
 * @param blocking its blocks
 * @param caller the thread that called, and that others work for
 */
record Streams(AttentionProblem problem, Blocking blocking, Thread caller) {
    /** Threads take whole streams while the busiest has at most this multiple of its share. */
    private static final double TOLERATED_IMBALANCE = 1.15;

    /** Columns are not cut where all parts together cost more than this multiple of the whole. */
    private static final double TOLERATED_COST = 1.3;

    /** Multiply-adds below which waking another thread costs more than it gains. */
    static final double WORTH_WAKING = 2e6;

    /**
     * Who works on what.
     *
     * @param together streams that all threads work on, one after another
     * @param alone streams that one thread works on, the longest first
     * @param parts the number of runs into which the latter are divided
     */
    record Shares(List<Integer> together, List<Integer> alone, int parts) {
        /** Has the streams of the latter kind worked on, each with a thread's scratch. */
        <T> void forEachAlone(WorkerPool pool, ScratchPool<T> scratch, WorkerPool.Task<T> work) {
            pool.forEach(
                    parts,
                    scratch,
                    (part, lent) -> {
                        for (int i = part; i < alone.size(); i += parts) {
                            work.run(alone.get(i), lent);
                        }
                    });
        }
    }

    /** The streams of a call of the current thread. */
    Streams(AttentionProblem problem, Blocking blocking) {
        this(problem, blocking, Thread.currentThread());
    }

    /** Shares the streams out: long ones together where whole ones would leave threads idle. */
    Shares share(int threads) {
        return share(threads, this::blocks);
    }

    /** The same where not all blocks of a stream are computed. */
    Shares share(int threads, IntToLongFunction blocks) {
        Deque<Integer> alone = new ArrayDeque<>(longestFirst(blocks));
        List<Integer> together = new ArrayList<>();
        while (isImbalanced(alone, threads, blocks)) {
            together.add(alone.removeFirst());
        }
        int parts = work() < WORTH_WAKING ? Math.min(1, alone.size()) : alone.size();
        return new Shares(together, List.copyOf(alone), parts);
    }

    /**
     * Into how many parts to cut the columns of every stream, so that threads that would be idle
     * have some; 1 where whole streams will do, or where that costs more than it gains.
     */
    int columnParts(int threads) {
        List<Integer> streams = longestFirst();
        if (!isImbalanced(streams, threads, this::blocks)) {
            return 1;
        }
        for (int parts = 2; blocking.isCut(parts) && cost(parts) <= TOLERATED_COST; parts *= 2) {
            List<Integer> cut = new ArrayList<>();
            for (int stream : streams) {
                cut.addAll(Collections.nCopies(parts, stream));
            }
            if (!isImbalanced(cut, threads, this::blocks)) {
                return parts;
            }
        }
        return 1;
    }

    /** Multiply-adds of all parts over those of whole streams: each part computes the scores. */
    private double cost(int parts) {
        double scores = 0.5 * blocking.rows() * blocking.keyDim();
        double rest = blocking.valueDim() * (2.0 * blocking.keyDim() + 0.5 * blocking.rows());
        return (parts * scores + rest) / (scores + rest);
    }

    /** All streams. */
    List<Integer> longestFirst() {
        return longestFirst(this::blocks);
    }

    private List<Integer> longestFirst(IntToLongFunction blocks) {
        List<Integer> streams = new ArrayList<>();
        for (int i = 0; i < problem.sequences() * problem.config().heads(); i++) {
            streams.add(i);
        }
        streams.sort(Comparator.comparingLong(blocks::applyAsLong).reversed());
        return streams;
    }

    /** Blocks of a stream. */
    long blocks(int stream) {
        return blocking.blocks(problem.length(stream / problem.config().heads()));
    }

    /**
     * Makes rows those of block b of a stream; the last may be short.
     *
     * @throws AttentionInterruptedException if the caller is interrupted; states may be anywhere
     */
    Rows rows(int stream, long b, Rows rows) {
        look();
        int heads = problem.config().heads();
        return rows.set(stream / heads, stream % heads, b * blocking.rows(), count(stream, b));
    }

    /**
     * Looks whether the caller is interrupted.
     *
     * @throws AttentionInterruptedException if it is; states may be anywhere
     */
    void look() {
        if (caller.isInterrupted()) {
            throw new AttentionInterruptedException(
                    "the thread was interrupted; the call ended between two blocks", false);
        }
    }

    /** The head of a stream. */
    int head(int stream) {
        return stream % problem.config().heads();
    }

    /** Rows of block b of a stream. */
    int count(int stream, long b) {
        long left = problem.length(stream / problem.config().heads()) - b * blocking.rows();
        return (int) Math.min(blocking.rows(), left);
    }

    /** Multiply-adds of the whole call, approximately. */
    private double work() {
        double rows = 0;
        for (int r = 0; r < problem.sequences(); r++) {
            rows += problem.length(r);
        }
        return rows * problem.config().heads() * 2.0 * blocking.keyDim() * blocking.valueDim();
    }

    /** Whether whole streams, longest first to the least busy thread, leave threads idle. */
    private boolean isImbalanced(
            Collection<Integer> streams, int threads, IntToLongFunction blocks) {
        if (threads == 1
                || streams.isEmpty()
                || blocks.applyAsLong(streams.iterator().next()) < 2L * threads) {
            return false;
        }
        PriorityQueue<Long> loads = new PriorityQueue<>();
        for (int i = 0; i < threads; i++) {
            loads.add(0L);
        }
        long total = 0;
        long busiest = 0;
        for (int stream : streams) {
            long load = loads.remove() + blocks.applyAsLong(stream);
            loads.add(load);
            total += blocks.applyAsLong(stream);
            busiest = Math.max(busiest, load);
        }
        return busiest * threads > TOLERATED_IMBALANCE * total;
    }
}
