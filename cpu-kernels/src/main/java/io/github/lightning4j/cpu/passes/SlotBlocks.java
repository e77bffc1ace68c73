package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.PoolOptions;
import io.github.lightning4j.spi.BlockRing;

/**
 * What a slot of a pool remembers: for each head the block of its last tokens, with S before them,
 * and as many blocks before it as were asked for, so that tokens can be taken back.
 *
 * <p>A full block is folded into the S of the next at once; while the block before it is kept, that
 * S has memory of its own, and the fold writes there instead of in place. So decode reads no more
 * for it.
 *
 * <p>Which block is the current one, and how many tokens it has, is known for all heads together
 * and changes only by {@link #advance}, after a call. Used by one thread at a time, but for {@link
 * #block}.
 */
final class SlotBlocks {
    private final TokenBlock[][] blocks;
    private final BlockRing ring;

    SlotBlocks(Blocking blocking, int heads, PoolOptions options, StateMemory memory) {
        ring = new BlockRing(grid(options), options.rollback());
        blocks = new TokenBlock[count(options)][heads];
        for (TokenBlock[] block : blocks) {
            for (int h = 0; h < heads; h++) {
                block[h] =
                        isNarrow(options)
                                ? new NarrowBlock(blocking, memory)
                                : new WideBlock(blocking, memory);
            }
        }
    }

    private static boolean isNarrow(PoolOptions options) {
        return options.stateBits() == Short.SIZE;
    }

    private static int grid(PoolOptions options) {
        return isNarrow(options) ? NarrowBlock.ROWS : TokenBlock.ROWS;
    }

    private static int count(PoolOptions options) {
        return BlockRing.blocks(grid(options), options.rollback());
    }

    /** Memory that the blocks of a head take. */
    static long headBytes(Blocking blocking, PoolOptions options) {
        long block = isNarrow(options) ? NarrowBlock.bytes(blocking) : WideBlock.bytes(blocking);
        return block * count(options);
    }

    /** Which blocks there are, and how many tokens. */
    BlockRing ring() {
        return ring;
    }

    /** A block of a head; different heads on different threads. */
    TokenBlock block(int block, int head) {
        return blocks[block][head];
    }

    /** All heads have got n more tokens. */
    void advance(long n) {
        ring.advance(n);
    }

    /** Takes the last tokens back. */
    void truncate(long tokens) {
        ring.truncate(tokens);
        setRows();
    }

    /** Begins anew behind a number of tokens, whose states the caller writes into the block. */
    void restart(long tokens) {
        restart(tokens, 0);
    }

    /** Begins anew with tokens that are not in S yet; the caller writes both into the block. */
    void restart(long folded, int rows) {
        ring.restart(folded, rows);
        setRows();
    }

    private void setRows() {
        for (TokenBlock head : blocks[ring.current()]) {
            head.rows(ring.rows());
        }
    }

    /** Becomes a copy of another slot of the same pool. */
    void set(SlotBlocks other) {
        ring.set(other.ring);
        for (int back = 0; back <= ring.kept(); back++) {
            int block = ring.after(ring.current(), -back);
            for (int h = 0; h < blocks[block].length; h++) {
                blocks[block][h].set(other.blocks[block][h]);
            }
        }
    }

    /** Makes everything NaN, so that it shows if anything is read before it is written. */
    void poison() {
        for (TokenBlock[] block : blocks) {
            for (TokenBlock head : block) {
                head.poison();
            }
        }
    }
}
