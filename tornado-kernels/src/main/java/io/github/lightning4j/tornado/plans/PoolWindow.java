package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.Layout;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BlockRing;
import io.github.lightning4j.tornado.kernels.PoolTable;
import io.github.lightning4j.tornado.memory.Window;
import io.github.lightning4j.tornado.tasks.PoolShape;

import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.util.ArrayList;
import java.util.List;

/**
 * The part of an append that runs at a time: some tokens of some slots, and the blocks they are in.
 *
 * <p>Used by one thread.
 */
final class PoolWindow {
    private final AttentionProblem problem;
    private final PoolShape shape;
    private final boolean step;
    private final PoolShape.Room largest;
    private final List<Block> blocks = new ArrayList<>();
    private final List<Row> rows = new ArrayList<>();
    private final List<Move> moves = new ArrayList<>();
    private final List<Window.Run> runs = new ArrayList<>();
    private final List<Advance> advances = new ArrayList<>();
    private long tokens;
    private int folds;

    private record Block(
            int place,
            int old,
            int count,
            long staged,
            long headStride,
            long tokenStride,
            int next) {}

    private record Row(int firstBlock, int folds) {}

    private record Move(int from, int to, int count) {}

    private record Advance(BlockRing ring, long tokens) {}

    /**
     * An empty window.
     *
     * @param step whether every row has one token, whose key and value are not in their places when
     *     it is computed; S then goes to where it stays
     */
    PoolWindow(AttentionProblem problem, PoolShape shape, boolean step) {
        this.step = step;
        this.problem = problem;
        this.shape = shape;
        largest = shape.rooms().getLast();
    }

    /** The place of a block of a slot. */
    static int place(PoolShape shape, int slot, int block) {
        return slot * shape.blocks() + block;
    }

    /**
     * Adds tokens of a row of the call, as many as there is room for.
     *
     * @param row of the call
     * @param slot whose tokens they are
     * @param ring its bookkeeping, before them
     * @param from the first of them
     * @param wanted how many there are
     * @return how many were added; 0 where the window is full
     */
    long add(int row, int slot, BlockRing ring, long from, long wanted) {
        long count = Math.min(wanted, largest.tokens() - tokens);
        if (!step) {
            // Full blocks need scratch for the S that follows: where there is none left, no more
            // is full.
            int room = ring.capacity(ring.first()) - ring.rows();
            int left = largest.scratch() - folds;
            long most = left == 0 ? room - 1 : room + (left - 1L) * PoolTable.TOKENS;
            count = Math.min(count, most);
        }
        if (count <= 0) {
            return 0;
        }
        long stagedHead = stage(row, from, count);
        addBlocks(slot, ring, count, stagedHead);
        tokens += count;
        advances.add(new Advance(ring, count));
        return count;
    }

    /** Adds the rows of q, k, v and o; returns rows from head to head. */
    private long stage(int row, long from, long count) {
        int heads = problem.config().heads();
        long staged = tokens * heads;
        long stride = problem.rowStride(1);
        if (problem.config().layout() == Layout.TOKENS_FIRST) {
            long source = problem.rowOffset(row, 0, 1) + from * stride;
            addRun(source, staged, count * heads);
            return 1;
        }
        for (int h = 0; h < heads; h++) {
            long source = problem.rowOffset(row, h, 1) + from * stride;
            addRun(source, staged + h * count, count);
        }
        return count;
    }

    /** Adds rows, to the last run if they follow it both in memory and in the arrays. */
    private void addRun(long source, long staged, long count) {
        if (!runs.isEmpty()) {
            Window.Run last = runs.getLast();
            if (last.source() + last.rows() == source && last.staged() + last.rows() == staged) {
                runs.removeLast();
                runs.add(new Window.Run(last.source(), last.staged(), last.rows() + count));
                return;
            }
        }
        runs.add(new Window.Run(source, staged, count));
    }

    private void addBlocks(int slot, BlockRing ring, long count, long headStride) {
        long tokenStride = problem.rowStride(1);
        long staged = tokens * problem.config().heads();
        int firstBlock = blocks.size();
        int place = place(shape, slot, ring.current());
        int old = ring.rows();
        int capacity = ring.capacity(ring.first());
        long done = 0;
        while (true) {
            int more = (int) Math.min(capacity - old, count - done);
            boolean full = old + more == capacity;
            int next = full ? next(slot, ring) : place;
            blocks.add(
                    new Block(
                            place,
                            old,
                            old + more,
                            staged + done * tokenStride,
                            headStride,
                            tokenStride,
                            next));
            done += more;
            if (!full) {
                break;
            }
            folds++;
            if (step) {
                rows.add(new Row(firstBlock, 1));
                return;
            }
            place = next;
            old = 0;
            capacity = PoolTable.TOKENS;
        }
        int full = blocks.size() - 1 - firstBlock;
        if (full > 0) {
            rows.add(new Row(firstBlock, full));
        }
        for (int b = Math.max(1, full + 1 - shape.blocks()); b <= full; b++) {
            Block block = blocks.get(firstBlock + b);
            int to = place(shape, slot, ring.after(ring.current(), b));
            moves.add(new Move(block.place(), to, block.count()));
        }
    }

    /** Where S is after the next block that becomes full. */
    private int next(int slot, BlockRing ring) {
        return step
                ? place(shape, slot, ring.after(ring.current(), 1))
                : Math.toIntExact(shape.places()) + folds;
    }

    /** Whether it fits a room. */
    boolean fits(PoolShape.Room room) {
        return tokens <= room.tokens() && (step || folds <= room.scratch());
    }

    /** Whether every row has one token. */
    boolean isStep() {
        return step;
    }

    /** Whether blocks become full. */
    boolean folds() {
        return folds > 0;
    }

    /** Whether there is nothing in it. */
    boolean isEmpty() {
        return tokens == 0;
    }

    /** Rows to copy in and out. */
    List<Window.Run> runs() {
        return runs;
    }

    /** Writes the table of a run. */
    void write(PoolShape.Room room, int ticket, IntArray table) {
        table.set(PoolTable.TICKET, ticket);
        table.set(PoolTable.BLOCKS, blocks.size());
        table.set(PoolTable.ROWS, rows.size());
        table.set(PoolTable.MOVES, moves.size());
        table.set(PoolTable.STEP, step ? 1 : 0);
        table.set(PoolTable.DEPTH, problem.config().keyDim());
        int at = PoolTable.FIRST;
        for (Block block : blocks) {
            table.set(at + PoolTable.PLACE, block.place());
            table.set(at + PoolTable.OLD, block.old());
            table.set(at + PoolTable.COUNT, block.count());
            table.set(at + PoolTable.STAGED, Math.toIntExact(block.staged()));
            table.set(at + PoolTable.HEAD_STRIDE, Math.toIntExact(block.headStride()));
            table.set(at + PoolTable.TOKEN_STRIDE, Math.toIntExact(block.tokenStride()));
            table.set(at + PoolTable.NEXT, block.next());
            at += PoolTable.BLOCK_FIELDS;
        }
        at = PoolTable.rowsAt(room.blocks());
        for (Row row : rows) {
            table.set(at + PoolTable.FIRST_BLOCK, row.firstBlock());
            table.set(at + PoolTable.FOLDS, row.folds());
            at += PoolTable.ROW_FIELDS;
        }
        at = PoolTable.movesAt(room.blocks(), room.rows());
        for (Move move : moves) {
            table.set(at + PoolTable.FROM, move.from());
            table.set(at + PoolTable.TO, move.to());
            table.set(at + PoolTable.MOVED, move.count());
            at += PoolTable.MOVE_FIELDS;
        }
    }

    /** The tokens are in the slots. */
    void advance() {
        advances.forEach(each -> each.ring().advance(each.tokens()));
    }
}
