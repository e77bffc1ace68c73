package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.PoolOptions;

/**
 * What a slot of a pool remembers: for each head the block of its last tokens, with S before them,
 * and as many blocks before it as were asked for, so that tokens can be taken back.
 *
 * <p>Blocks end at multiples of a number of tokens of the sequence. A full one is folded into the S
 * of the next at once; while the block before it is kept, that S has memory of its own, and the
 * fold writes there instead of in place. So taking tokens back needs no computation, and decode
 * reads no more for it.
 *
 * <p>Which block is the current one, and how many tokens it has, is known for all heads together
 * and changes only by {@link #advance}, after a call. Used by one thread at a time, but for {@link
 * #block}.
 */
final class SlotBlocks {
    private final TokenBlock[][] ring;

    /** Tokens of the sequence before each block of the ring. */
    private final long[] first;

    private int current;
    private int rows;

    /** Blocks before the current one that are as they were. */
    private int kept;

    /** Blocks end at multiples of so many tokens of the sequence. */
    private final int grid;

    SlotBlocks(Blocking blocking, int heads, PoolOptions options) {
        grid = grid(options);
        ring = new TokenBlock[blocks(options)][heads];
        for (TokenBlock[] block : ring) {
            for (int h = 0; h < heads; h++) {
                block[h] = isNarrow(options) ? new NarrowBlock(blocking) : new WideBlock(blocking);
            }
        }
        first = new long[ring.length];
    }

    private static boolean isNarrow(PoolOptions options) {
        return options.stateBits() == Short.SIZE;
    }

    private static int grid(PoolOptions options) {
        return isNarrow(options) ? NarrowBlock.ROWS : TokenBlock.ROWS;
    }

    /** Blocks in the ring, so that as many tokens as were asked for can be taken back. */
    private static int blocks(PoolOptions options) {
        return 1 + Math.ceilDiv(options.rollback(), grid(options));
    }

    /** Heap that the blocks of a head take. */
    static long headBytes(Blocking blocking, PoolOptions options) {
        long block = isNarrow(options) ? NarrowBlock.bytes(blocking) : WideBlock.bytes(blocking);
        return block * blocks(options);
    }

    /** Tokens of the block that begins behind the first {@code tokens} of a sequence. */
    int capacity(long tokens) {
        return grid - (int) (tokens % grid);
    }

    /** Which block of the ring the last tokens are in. */
    int current() {
        return current;
    }

    /** The block that follows. */
    int after(int block) {
        return block + 1 == ring.length ? 0 : block + 1;
    }

    /** A block of a head; different heads on different threads. */
    TokenBlock block(int block, int head) {
        return ring[block][head];
    }

    /** Tokens before the current block. */
    long first() {
        return first[current];
    }

    /** Tokens of the current block. */
    int rows() {
        return rows;
    }

    long tokens() {
        return first[current] + rows;
    }

    /** All heads have got n more tokens. */
    void advance(long n) {
        long left = n;
        while (left > 0) {
            int capacity = capacity(first[current]);
            int more = (int) Math.min(left, capacity - rows);
            rows += more;
            left -= more;
            if (rows == capacity) {
                int next = after(current);
                first[next] = first[current] + rows;
                current = next;
                rows = 0;
                kept = Math.min(kept + 1, ring.length - 1);
            }
        }
    }

    /** The fewest tokens that {@link #truncate} can leave. */
    long earliest() {
        return first[Math.floorMod(current - kept, ring.length)];
    }

    /** Takes the last tokens back. */
    void truncate(long tokens) {
        while (first[current] > tokens) {
            current = Math.floorMod(current - 1, ring.length);
            kept--;
        }
        setRows((int) (tokens - first[current]));
    }

    /** Begins anew behind a number of tokens, whose states the caller writes into the block. */
    void restart(long tokens) {
        current = 0;
        kept = 0;
        first[0] = tokens;
        setRows(0);
    }

    private void setRows(int count) {
        rows = count;
        for (TokenBlock head : ring[current]) {
            head.rows(count);
        }
    }

    /** Becomes a copy of another slot of the same pool. */
    void set(SlotBlocks other) {
        current = other.current;
        rows = other.rows;
        kept = other.kept;
        for (int back = 0; back <= kept; back++) {
            int block = Math.floorMod(current - back, ring.length);
            first[block] = other.first[block];
            for (int h = 0; h < ring[block].length; h++) {
                ring[block][h].set(other.ring[block][h]);
            }
        }
    }

    /** Makes everything NaN, so that it shows if anything is read before it is written. */
    void poison() {
        for (TokenBlock[] block : ring) {
            for (TokenBlock head : block) {
                head.poison();
            }
        }
    }
}
