package io.github.lightning4j.conformance.mutation;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.PoolOptions;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackendPool;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Random;

/**
 * A pool for the mutation tests: token by token, with the state after each of the last tokens kept,
 * so that nothing depends on how tokens are cut, and tokens can be taken back.
 */
final class BlockedPool implements BackendPool {
    /** S is as exact as a state that was written at multiples of so many tokens. */
    private static final int GRID = 32;

    private final AttentionConfig config;
    private final Bug bug;
    private final int threads;
    private final PoolOptions options;
    private final Slot[] slots;

    /** S of each head, and what it was before the last tokens, the newest last. */
    private static final class Slot {
        double[][][] s;
        long tokens;
        Deque<double[][][]> before = new ArrayDeque<>();

        Slot(double[][][] s) {
            this.s = s;
        }
    }

    BlockedPool(AttentionConfig config, Bug bug, int threads, int slots, PoolOptions options) {
        this.config = config;
        this.bug = bug;
        this.threads = threads;
        this.options = options;
        this.slots = new Slot[slots];
        Arrays.setAll(this.slots, i -> new Slot(zeros()));
    }

    private double[][][] zeros() {
        return new double[config.heads()][config.keyDim()][config.valueDim()];
    }

    private static double[][][] copy(double[][][] s) {
        return Arrays.stream(s)
                .map(m -> Arrays.stream(m).map(double[]::clone).toArray(double[][]::new))
                .toArray(double[][][]::new);
    }

    @Override
    public void append(
            AttentionProblem problem,
            int[] places,
            MemorySegment q,
            MemorySegment k,
            MemorySegment v,
            MemorySegment output) {
        HeadMemory memory = new HeadMemory(problem, bug);
        for (int r = 0; r < places.length; r++) {
            int place = places[r];
            if (place < 0 && bug == Bug.POOL_WRITES_WITHOUT_SLOT) {
                place = slots.length - 1;
            }
            if (place >= 0) {
                append(problem, memory, places.length, r, slots[place], place, q, k, v, output);
            }
            if (places[r] < 0 && bug != Bug.POOL_LEAVES_ROWS_WITHOUT_SLOT) {
                zero(problem, memory, r, output);
            }
        }
    }

    private void zero(AttentionProblem problem, HeadMemory memory, int r, MemorySegment output) {
        for (int h = 0; h < config.heads(); h++) {
            BlockedHead.Output o = memory.output(output, r, h, 0);
            for (long t = 0; t < problem.length(r); t++) {
                for (int e = 0; e < config.valueDim(); e++) {
                    o.set(t, e, 0);
                }
            }
        }
    }

    private void append(
            AttentionProblem problem,
            HeadMemory memory,
            int rows,
            int r,
            Slot slot,
            int place,
            MemorySegment q,
            MemorySegment k,
            MemorySegment v,
            MemorySegment output) {
        long shift = shift(problem, r);
        double noise = noise(rows, place);
        for (long t = 0; t < problem.length(r); t++) {
            slot.before.addLast(copy(slot.s));
            if (slot.before.size() > GRID + options.rollback()) {
                slot.before.removeFirst();
            }
            long token = t;
            for (int h = 0; h < config.heads(); h++) {
                float[] slopes = config.slopes();
                float slope = slopes[bug == Bug.SWAPPED_SLOPES ? slopes.length - 1 - h : h];
                BlockedHead.Rows queries = memory.rows(q, r, h, config.keyDim());
                BlockedHead.Rows keys = memory.rows(k, r, h, config.keyDim());
                BlockedHead.Rows values = memory.rows(v, r, h, config.valueDim());
                BlockedHead.Output o = memory.output(output, r, h, 0);
                new BlockedHead(1, slope, config.scale(), config.featureMap(), bug)
                        .run(
                                (i, d) -> queries.get(token + shift, d),
                                (i, d) -> keys.get(token + shift, d),
                                (i, d) -> values.get(token + shift, d),
                                1,
                                slot.s[h],
                                (i, e, value) -> o.set(token, e, value * (1 + noise)));
            }
            slot.tokens++;
            if (slot.tokens % GRID == 0) {
                round(slot, place);
            }
        }
        if (bug == Bug.POOL_ROUNDS_BETWEEN_APPENDS) {
            round(slot, place);
        }
    }

    /** Rounds S to float, or by chance to 16 bits of the largest element of each row. */
    private void round(Slot slot, int place) {
        long seed = options.seed() * 1_000_003 + slot.tokens;
        Random chances = new Random(bug == Bug.POOL_ROUNDS_BY_SLOT ? seed + place : seed);
        for (double[][] matrix : slot.s) {
            for (double[] row : matrix) {
                double most = Arrays.stream(row).map(Math::abs).max().orElse(0);
                double unit = Math.scalb(1.0, Math.getExponent(most) - 14);
                for (int e = 0; e < row.length; e++) {
                    double chance = bug == Bug.POOL_ROUNDS_ONE_WAY ? 0.01 : chances.nextDouble();
                    row[e] =
                            options.stateBits() == 16 && most > 0
                                    ? Math.floor(row[e] / unit + chance) * unit
                                    : (float) row[e];
                }
            }
        }
    }

    /** How far beside its own rows a row reads: in a mixed call, those of decode do. */
    private long shift(AttentionProblem problem, int r) {
        PackedSequences packed = problem.packed();
        if (bug != Bug.POOL_MIXES_OFFSETS || packed == null || problem.length(r) != 1 || r == 0) {
            return 0;
        }
        return packed.totalTokens() > packed.count() ? r - packed.start(r) : 0;
    }

    private double noise(int rows, int place) {
        return switch (bug) {
            case POOL_DEPENDS_ON_ROWS -> rows > 4 ? 1e-6 : 0;
            case POOL_DEPENDS_ON_SLOT -> 1e-6 * place;
            case POOL_DEPENDS_ON_THREADS -> 1e-6 * threads;
            default -> 0;
        };
    }

    @Override
    public long tokens(int slot) {
        return slots[slot].tokens;
    }

    @Override
    public void clear(int slot) {
        Slot old = slots[slot];
        slots[slot] = new Slot(bug == Bug.POOL_RECYCLES_STATES ? old.s : zeros());
    }

    @Override
    public void copy(int from, int to) {
        Slot source = slots[from];
        Slot target = new Slot(bug == Bug.FORK_SHARES ? source.s : copy(source.s));
        target.tokens = source.tokens;
        target.before = new ArrayDeque<>(source.before);
        slots[to] = target;
    }

    @Override
    public void read(int slot, MemorySegment target) {
        double factor =
                switch (bug) {
                    case ZERO_STATE -> 0;
                    case NOISE -> Math.random();
                    default -> 1;
                };
        long at = 0;
        for (double[][] matrix : slots[slot].s) {
            for (double[] row : matrix) {
                for (int e = 0; e < row.length; e++, at += Float.BYTES) {
                    target.set(HeadMemory.F32, at, (float) (factor * row[e]));
                    row[e] *= bug == Bug.READING_DECAYS ? 0.99 : 1;
                }
            }
        }
    }

    @Override
    public void write(int slot, MemorySegment source, long tokens) {
        Slot target = new Slot(zeros());
        target.tokens = tokens + (bug == Bug.POOL_COUNTS_ONE_TOO_MANY ? 1 : 0);
        long at = 0;
        for (double[][] matrix : target.s) {
            for (double[] row : matrix) {
                for (int e = 0; e < row.length; e++, at += Float.BYTES) {
                    row[e] = source.get(HeadMemory.F32, at);
                }
            }
        }
        if (options.stateBits() == 16) {
            round(target, slot);
        }
        slots[slot] = target;
    }

    @Override
    public long earliest(int slot) {
        return slots[slot].tokens - slots[slot].before.size();
    }

    @Override
    public void truncate(int slot, long tokens) {
        Slot target = slots[slot];
        while (target.tokens > tokens) {
            double[][][] before = target.before.removeLast();
            if (bug != Bug.POOL_TRUNCATES_COUNTS_ONLY) {
                target.s = copy(before);
            }
            target.tokens--;
        }
    }

    @Override
    public void close() {}
}
