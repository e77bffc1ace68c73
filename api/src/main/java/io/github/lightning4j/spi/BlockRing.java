package io.github.lightning4j.spi;

/**
 * The bookkeeping of one slot of a {@link BackendPool}: which block its last tokens are in, how
 * many of them, and which blocks before it are as they were.
 *
 * <p>Blocks end at multiples of a number of tokens of the sequence. Where each is kept is the
 * backend's: S before its tokens, and their keys and values. A full one is folded into the S of the
 * next, which in a ring of one takes its memory, and otherwise that of the oldest; so taking tokens
 * back needs no computation.
 *
 * <p>Used by one thread at a time.
 */
public final class BlockRing {
    /** Tokens of the sequence before each block of the ring. */
    private final long[] first;

    private final int grid;
    private int current;
    private int rows;

    /** Blocks before the current one that are as they were. */
    private int kept;

    /**
     * A slot without tokens.
     *
     * @param grid blocks end at multiples of so many tokens
     * @param rollback how many of the last tokens can be taken back at least
     */
    public BlockRing(int grid, int rollback) {
        this.grid = grid;
        first = new long[blocks(grid, rollback)];
    }

    /**
     * Blocks in a ring.
     *
     * @param grid blocks end at multiples of so many tokens
     * @param rollback how many of the last tokens can be taken back at least
     * @return the number, ≥ 1
     */
    public static int blocks(int grid, int rollback) {
        return 1 + Math.ceilDiv(rollback, grid);
    }

    /**
     * Where blocks end.
     *
     * @return at multiples of so many tokens
     */
    public int grid() {
        return grid;
    }

    /**
     * Room of a block.
     *
     * @param tokens of the sequence before it
     * @return how many tokens it has when it is full
     */
    public int capacity(long tokens) {
        return grid - (int) (tokens % grid);
    }

    /**
     * The block of the last tokens.
     *
     * @return its place in the ring
     */
    public int current() {
        return current;
    }

    /**
     * A block near another.
     *
     * @param block its place in the ring
     * @param steps how many blocks later; negative: earlier
     * @return the other's place in the ring
     */
    public int after(int block, long steps) {
        return (int) Math.floorMod(block + steps, (long) first.length);
    }

    /**
     * Tokens before the current block.
     *
     * @return how many
     */
    public long first() {
        return first[current];
    }

    /**
     * Tokens before a block that is kept.
     *
     * @param block its place in the ring
     * @return how many
     */
    public long first(int block) {
        return first[block];
    }

    /**
     * Tokens of the current block.
     *
     * @return how many, fewer than it has room for
     */
    public int rows() {
        return rows;
    }

    /**
     * Blocks before the current one that are as they were.
     *
     * @return how many
     */
    public int kept() {
        return kept;
    }

    /**
     * Tokens of the sequence.
     *
     * @return how many
     */
    public long tokens() {
        return first[current] + rows;
    }

    /**
     * The sequence has got more tokens.
     *
     * @param n how many
     */
    public void advance(long n) {
        long left = n;
        while (left > 0) {
            int capacity = capacity(first[current]);
            int more = (int) Math.min(left, capacity - rows);
            rows += more;
            left -= more;
            if (rows == capacity) {
                int next = after(current, 1);
                first[next] = first[current] + rows;
                current = next;
                rows = 0;
                kept = Math.min(kept + 1, first.length - 1);
            }
        }
    }

    /**
     * The fewest tokens that {@link #truncate} can leave.
     *
     * @return how many
     */
    public long earliest() {
        return first[after(current, -kept)];
    }

    /**
     * Takes the last tokens back.
     *
     * @param tokens how many remain: {@link #earliest} … {@link #tokens}
     */
    public void truncate(long tokens) {
        while (first[current] > tokens) {
            current = after(current, -1);
            kept--;
        }
        rows = (int) (tokens - first[current]);
    }

    /**
     * Begins anew.
     *
     * @param tokens that the sequence has, all of them in S
     */
    public void restart(long tokens) {
        current = 0;
        kept = 0;
        rows = 0;
        first[0] = tokens;
    }

    /**
     * Begins anew with tokens that are not in S yet.
     *
     * @param folded tokens that are in S
     * @param more those that are not, fewer than there is room for
     */
    public void restart(long folded, int more) {
        restart(folded);
        rows = more;
    }

    /**
     * Becomes a copy of another ring of the same size.
     *
     * @param other the other
     */
    public void set(BlockRing other) {
        current = other.current;
        rows = other.rows;
        kept = other.kept;
        System.arraycopy(other.first, 0, first, 0, first.length);
    }
}
