package io.github.lightning4j.conformance.mutation;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.PoolOptions;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackendPool;
import io.github.lightning4j.spi.SlotBuffers;
import io.github.lightning4j.spi.TensorMemory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
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

        /** The fewest tokens that S can have been folded at. */
        long start;

        Deque<double[][][]> before = new ArrayDeque<>();

        /** φ(k) and v of each of the last tokens, as many as there are states before them. */
        Deque<Token> last = new ArrayDeque<>();

        Slot(double[][][] s) {
            this.s = s;
        }
    }

    /** φ(k) and v of a token, by head. */
    private static final class Token {
        final float[][] key;
        final float[][] value;

        Token(float[][] key, float[][] value) {
            this.key = key;
            this.value = value;
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
        double[][][] copy = new double[s.length][][];
        for (int h = 0; h < s.length; h++) {
            copy[h] = new double[s[h].length][];
            for (int d = 0; d < s[h].length; d++) {
                copy[h][d] = s[h][d].clone();
            }
        }
        return copy;
    }

    @Override
    public void append(
            AttentionProblem problem,
            int[] places,
            TensorMemory q,
            TensorMemory k,
            TensorMemory v,
            TensorMemory output) {
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

    private void zero(AttentionProblem problem, HeadMemory memory, int r, TensorMemory output) {
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
            TensorMemory q,
            TensorMemory k,
            TensorMemory v,
            TensorMemory output) {
        long shift = shift(problem, r);
        double noise = noise(rows, place);
        for (long t = 0; t < problem.length(r); t++) {
            slot.before.addLast(copy(slot.s));
            if (slot.before.size() > GRID + options.rollback()) {
                slot.before.removeFirst();
                slot.last.removeFirst();
            }
            long token = t;
            slot.last.addLast(new Token(keys(memory, k, r, t), values(memory, v, r, t)));
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

    private float[][] keys(HeadMemory memory, TensorMemory k, int r, long t) {
        float[][] rows = rows(memory, k, r, t, config.keyDim());
        for (float[] row : rows) {
            for (int d = 0; d < row.length; d++) {
                row[d] = (float) config.featureMap().apply(row[d]);
            }
        }
        return rows;
    }

    private float[][] values(HeadMemory memory, TensorMemory v, int r, long t) {
        return rows(memory, v, r, t, config.valueDim());
    }

    private float[][] rows(HeadMemory memory, TensorMemory from, int r, long t, int dim) {
        float[][] rows = new float[config.heads()][dim];
        for (int h = 0; h < rows.length; h++) {
            BlockedHead.Rows head = memory.rows(from, r, h, dim);
            for (int d = 0; d < dim; d++) {
                rows[h][d] = (float) head.get(t, d);
            }
        }
        return rows;
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
        target.start = source.start;
        target.before = new ArrayDeque<>(source.before);
        target.last = new ArrayDeque<>(source.last);
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
        store(slots[slot].s, factor, target);
        if (bug == Bug.READING_DECAYS) {
            for (double[][] matrix : slots[slot].s) {
                Arrays.stream(matrix).forEach(row -> Arrays.setAll(row, e -> 0.99 * row[e]));
            }
        }
    }

    private static void store(double[][][] s, double factor, MemorySegment target) {
        long at = 0;
        for (double[][] matrix : s) {
            for (double[] row : matrix) {
                for (double x : row) {
                    target.set(HeadMemory.F32, at, (float) (factor * x));
                    at += Float.BYTES;
                }
            }
        }
    }

    @Override
    public void write(int slot, MemorySegment source, long tokens) {
        Slot target = new Slot(zeros());
        target.tokens = tokens + (bug == Bug.POOL_COUNTS_ONE_TOO_MANY ? 1 : 0);
        target.start = target.tokens;
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
            target.last.removeLast();
            target.tokens--;
        }
    }

    @Override
    public int grid() {
        return GRID;
    }

    @Override
    public long folded(int slot) {
        Slot of = slots[slot];
        return bug == Bug.POOL_SNAPSHOT_IS_ALL_IN_S
                ? of.tokens
                : Math.max(of.start, of.tokens / GRID * GRID);
    }

    @Override
    public void snapshot(int slot, SlotBuffers target) {
        Slot of = slots[slot];
        int rows = (int) (of.tokens - folded(slot));
        List<Token> last = new ArrayList<>(of.last);
        List<double[][][]> before = new ArrayList<>(of.before);
        int first = last.size() - rows;
        store(rows == 0 ? of.s : before.get(first), 1, target.state());
        for (int i = 0; i < rows; i++) {
            Token token = last.get(first + i);
            for (int h = 0; h < config.heads(); h++) {
                copyRow(token.key[h], target.keys(), h * rows + i);
                copyRow(token.value[h], target.values(), h * rows + i);
            }
        }
    }

    private static void copyRow(float[] row, MemorySegment target, long at) {
        for (int d = 0; d < row.length; d++) {
            target.set(HeadMemory.F32, (at * row.length + d) * Float.BYTES, row[d]);
        }
    }

    private static float[] row(MemorySegment source, long at, int dim) {
        float[] row = new float[dim];
        for (int d = 0; d < dim; d++) {
            row[d] = source.get(HeadMemory.F32, (at * dim + d) * Float.BYTES);
        }
        return row;
    }

    @Override
    public void restore(int slot, long folded, int rows, SlotBuffers source) {
        write(slot, source.state(), folded);
        Slot target = slots[slot];
        for (int i = 0; i < rows; i++) {
            Token token = new Token(new float[config.heads()][], new float[config.heads()][]);
            target.before.addLast(copy(target.s));
            for (int h = 0; h < config.heads(); h++) {
                float[] key = row(source.keys(), (long) h * rows + i, config.keyDim());
                float[] value = row(source.values(), (long) h * rows + i, config.valueDim());
                token.key[h] = key;
                token.value[h] = value;
                if (bug != Bug.POOL_RESTORES_COUNTS_ONLY) {
                    new BlockedHead(1, config.slopes()[h], 1, FeatureMap.IDENTITY, Bug.NONE)
                            .run(
                                    (t, d) -> 0,
                                    (t, d) -> key[d],
                                    (t, d) -> value[d],
                                    1,
                                    target.s[h],
                                    (t, e, o) -> {});
                }
            }
            target.last.addLast(token);
            target.tokens++;
        }
    }

    @Override
    public void close() {}
}
