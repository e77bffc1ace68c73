package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.PoolOptions;
import io.github.lightning4j.spi.BlockRing;
import io.github.lightning4j.tornado.kernels.KernelFamily;
import io.github.lightning4j.tornado.kernels.PoolRows;
import io.github.lightning4j.tornado.kernels.PoolTable;

import java.util.List;

/**
 * How large a pool on a device is.
 *
 * @param config heads, dimensions, slopes, scale, feature map
 * @param slots how many states
 * @param blocks places of a slot, one after another
 * @param runs the most tokens of a run, from few to many: what is copied to the device and back is
 *     as much for one token as for all of them. A longer append is cut
 */
public record PoolShape(AttentionConfig config, int slots, int blocks, List<Integer> runs)
        implements PlanShape {
    /** Bytes of arrays' headers and seals, at most, and of what is as small. */
    private static final long SMALL = 1 << 12;

    private static final List<Integer> RUNS = List.of(1, 16, 64, 256);

    /**
     * The most tokens of a sequence that a session appends here. More of them take less time in a
     * plan of their own, although the states then go through the host.
     */
    public static final int FEW = 64;

    /** The shape of a pool. */
    public static PoolShape of(AttentionConfig config, int slots, PoolOptions options) {
        return new PoolShape(
                config, slots, BlockRing.blocks(PoolTable.TOKENS, options.rollback()), RUNS);
    }

    /**
     * The shape of places for sessions, which append few tokens at a time there. In loops, where
     * compiling takes long and copying does not, runs are of one size.
     */
    public static PoolShape ofSessions(AttentionConfig config, int slots, KernelFamily family) {
        boolean loops = family == KernelFamily.LOOPS;
        int most = Math.max(slots, loops ? 1 : FEW);
        int last = 1;
        while (last < RUNS.size() - 1 && RUNS.get(last) < most) {
            last++;
        }
        return new PoolShape(config, slots, 1, RUNS.subList(loops ? last : 0, last + 1));
    }

    /**
     * Room of a run.
     *
     * @param tokens of all rows together
     * @param scratch blocks whose S is in scratch
     */
    public record Room(int tokens, int scratch) {
        /** Blocks of all rows. */
        public int blocks() {
            return tokens + scratch;
        }

        /** Rows with blocks that become full. */
        public int rows() {
            return tokens;
        }

        /** Ints of its table. */
        public int table() {
            return PoolTable.size(blocks(), rows(), scratch);
        }
    }

    /** The rooms of runs, from small to large. */
    public List<Room> rooms() {
        return runs.stream().map(run -> new Room(run, Math.min(run, scratch()))).toList();
    }

    /** Places of slots. */
    public long places() {
        return (long) slots * blocks;
    }

    /** Places that runs use for themselves. */
    public int scratch() {
        return Math.clamp(slots / 8, Math.min(16, Math.ceilDiv(runs.getLast(), 16)), 64);
    }

    /** Floats of keys and values of all heads of a place. */
    public long rowsSize() {
        return (long) config.heads() * PoolTable.TOKENS * (config.keyDim() + config.valueDim());
    }

    /** Bytes of the places of a slot. */
    public long slotBytes() {
        return blocks * (config.stateElements() + rowsSize()) * Float.BYTES;
    }

    /** At most twice as many slots as wanted, with the same kernels. */
    @Override
    public boolean serves(PlanShape wanted) {
        return wanted instanceof PoolShape other
                && config.equals(other.config)
                && blocks == other.blocks
                && runs.equals(other.runs)
                && slots >= other.slots
                && slots / 2 <= other.slots;
    }

    @Override
    public long largestExtent(KernelFamily family) {
        long widest =
                Math.max(
                        (long) config.keyDim() * config.valueDim(),
                        (long) PoolTable.TOKENS * Math.max(config.keyDim(), config.valueDim()));
        long staged = (long) runs.getLast() * (2L * config.keyDim() + config.valueDim());
        return Math.max((places() + scratch()) * widest, staged) * config.heads();
    }

    /** And as many of this process, because arrays of TornadoVM have a side of the host's. */
    @Override
    public long bytes(KernelFamily family) {
        long place = config.stateElements() + rowsSize();
        long floats = (places() + scratch()) * place + 2 * place;
        for (Room room : rooms()) {
            long in = 2L * config.keyDim() + config.valueDim();
            long each = in + Math.ceilDiv(in, 2) + config.valueDim() + PoolTable.TOKENS;
            floats += (long) room.tokens() * config.heads() * each + room.table();
        }
        floats += 2L * PoolRows.PATTERNS;
        return floats * Float.BYTES + SMALL * (12 + 11L * runs.size());
    }
}
