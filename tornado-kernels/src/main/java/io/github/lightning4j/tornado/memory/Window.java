package io.github.lightning4j.tornado.memory;

import io.github.lightning4j.Layout;
import io.github.lightning4j.spi.AttentionProblem;

import java.util.ArrayList;
import java.util.List;

/**
 * The part of a problem that is on the device at a time: pieces of sequences, and where their rows
 * are in memory and in the plan's arrays. States carry over from window to window.
 *
 * @param pieces the pieces, of different sequences
 * @param runs rows to copy in and out
 */
public record Window(List<Piece> pieces, List<Run> runs) {
    /**
     * Tokens of one sequence.
     *
     * @param slot which state
     * @param tokens how many
     * @param row where head 0 begins in the plan's arrays
     * @param headStride rows from head to head there
     */
    public record Piece(int slot, long tokens, long row, long headStride) {}

    /**
     * Rows that are neighbours both in the caller's memory and in the plan's arrays.
     *
     * @param source the first row in the caller's memory
     * @param staged the first row in the plan's arrays
     * @param rows how many
     */
    public record Run(long source, long staged, long rows) {}

    /** Rows from one token of a head to the next in the plan's arrays: as in the problem. */
    public long tokenStride(AttentionProblem problem) {
        return problem.rowStride(1);
    }

    /**
     * Cuts a problem.
     *
     * @param problem the problem
     * @param firstSequence the sequence in slot 0
     * @param sequences how many sequences
     * @param maxTokens tokens of a window at most
     * @return windows in order; none if there are no tokens
     */
    public static List<Window> cut(
            AttentionProblem problem, int firstSequence, int sequences, long maxTokens) {
        if (isWhole(problem, sequences, maxTokens)) {
            return problem.batch() * problem.tokens() == 0 ? List.of() : List.of(whole(problem));
        }
        List<Window> windows = new ArrayList<>();
        Window window = new Window(new ArrayList<>(), new ArrayList<>());
        long used = 0;
        for (int slot = 0; slot < sequences; slot++) {
            int r = firstSequence + slot;
            long tokens = problem.length(r);
            for (long from = 0; from < tokens; ) {
                long count = Math.min(tokens - from, maxTokens - used);
                window.add(problem, slot, r, from, count, used);
                from += count;
                used += count;
                if (used == maxTokens) {
                    windows.add(window);
                    window = new Window(new ArrayList<>(), new ArrayList<>());
                    used = 0;
                }
            }
        }
        if (used > 0) {
            windows.add(window);
        }
        return windows;
    }

    /** Whether one window has everything, laid out as the caller has it. */
    public static boolean isWhole(AttentionProblem problem, int sequences, long maxTokens) {
        return sequences == problem.sequences() && problem.batch() * problem.tokens() <= maxTokens;
    }

    /** Everything at once, laid out as the caller has it. */
    private static Window whole(AttentionProblem problem) {
        int heads = problem.config().heads();
        List<Piece> pieces = new ArrayList<>();
        for (int r = 0; r < problem.sequences(); r++) {
            if (problem.length(r) > 0) {
                long row = problem.rowOffset(r, 0, 1);
                long headStride = heads == 1 ? 0 : problem.rowOffset(r, 1, 1) - row;
                pieces.add(new Piece(r, problem.length(r), row, headStride));
            }
        }
        return new Window(
                pieces, List.of(new Run(0, 0, problem.batch() * problem.tokens() * heads)));
    }

    private void add(
            AttentionProblem problem, int slot, int r, long from, long count, long usedTokens) {
        int heads = problem.config().heads();
        long row = usedTokens * heads;
        long stride = problem.rowStride(1);
        if (problem.config().layout() == Layout.TOKENS_FIRST) {
            pieces.add(new Piece(slot, count, row, 1));
            runs.add(new Run(problem.rowOffset(r, 0, 1) + from * stride, row, count * heads));
        } else {
            pieces.add(new Piece(slot, count, row, count));
            for (int h = 0; h < heads; h++) {
                long source = problem.rowOffset(r, h, 1) + from * stride;
                runs.add(new Run(source, row + h * count, count));
            }
        }
    }
}
