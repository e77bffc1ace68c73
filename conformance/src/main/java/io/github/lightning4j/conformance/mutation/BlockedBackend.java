package io.github.lightning4j.conformance.mutation;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.Device;
import io.github.lightning4j.PoolOptions;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.BackendMemory;
import io.github.lightning4j.spi.BackendPool;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.BackwardBuffers;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.spi.TensorMemory;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The slow backend of the mutation tests, with or without a bug. Thread-safe. */
final class BlockedBackend implements Backend {
    private static final int BLOCK_ROWS = 48;

    private final Bug bug;
    private final int threads;
    private final int blockRows;
    private final @Nullable States shared;
    private final Set<MemorySegment> allocated = ConcurrentHashMap.newKeySet();
    private final Map<MemorySegment, MemorySegment> first = new ConcurrentHashMap<>();

    /** States of R·H streams, each [D][E]. */
    private static final class States {
        final double[][][] matrices;
        final List<float[]> kept = new ArrayList<>();

        States(int streams, int d, int e) {
            matrices = new double[streams][d][e];
        }
    }

    BlockedBackend(Bug bug, int threads) {
        this.bug = bug;
        this.threads = threads;
        this.blockRows = bug == Bug.THREADS_CHANGE_BLOCKS ? BLOCK_ROWS + 8 * threads : BLOCK_ROWS;
        this.shared = bug == Bug.SESSIONS_SHARE ? new States(64, 64, 64) : null;
    }

    @Override
    public Device device() {
        return new Device("blocked", "test backend", Device.Kind.CPU, "bug: " + bug);
    }

    @Override
    public void forward(AttentionProblem problem, ForwardBuffers buffers) {
        States states = states(problem.config(), problem.sequences());
        if (bug != Bug.IGNORED_INITIAL_STATE) {
            read(buffers.initialState(), states, problem.config());
        }
        if (bug == Bug.SWAPPED_STATES) {
            swap(states.matrices, problem.config().heads());
        }
        append(problem, buffers.q(), asAtFirst(buffers.k()), buffers.v(), buffers.output(), states);
        MemorySegment target = buffers.finalState();
        if (target != null) {
            write(states, target);
        }
    }

    @Override
    public BackendMemory allocate(long bytes) {
        BackendMemory memory = Backend.super.allocate(bytes);
        allocated.add(memory.segment());
        return memory;
    }

    /** With that bug, what memory of this device had at the first call with it. */
    private TensorMemory asAtFirst(TensorMemory tensor) {
        MemorySegment segment = tensor.segment();
        return bug == Bug.STALE_DEVICE_TENSORS && allocated.contains(segment)
                ? TensorMemory.of(
                        first.computeIfAbsent(
                                segment,
                                now -> Arena.ofAuto().allocate(now.byteSize()).copyFrom(now)))
                : tensor;
    }

    @Override
    public void backward(AttentionProblem problem, BackwardBuffers buffers) {
        BackwardBuffers seen =
                new BackwardBuffers(
                        buffers.q(),
                        buffers.k(),
                        buffers.v(),
                        buffers.initialState(),
                        asAtFirst(buffers.outputGradient()),
                        buffers.finalStateGradient(),
                        buffers.dq(),
                        buffers.dk(),
                        buffers.dv(),
                        buffers.initialStateGradient());
        new BlockedGradients(bug, threads, problem, seen).run();
    }

    @Override
    public BackendSession openSession(
            AttentionConfig config, int sequences, @Nullable MemorySegment initialState) {
        States states = shared == null ? states(config, sequences) : shared;
        if (bug != Bug.SESSION_IGNORES_INITIAL_STATE) {
            read(initialState, states, config);
        }
        return new Session(config, states);
    }

    @Override
    public BackendPool openPool(AttentionConfig config, int slots, PoolOptions options) {
        return new BlockedPool(config, bug, threads, slots, options);
    }

    @Override
    public long poolMemory(AttentionConfig config, int slots, PoolOptions options) {
        int bits = bug == Bug.POOL_KEEPS_ALL_BITS ? Float.SIZE : options.stateBits();
        return sessionMemory(config, slots) * bits / Float.SIZE;
    }

    @Override
    public void close() {}

    private void append(
            AttentionProblem problem,
            TensorMemory q,
            TensorMemory k,
            TensorMemory v,
            TensorMemory output,
            States states) {
        AttentionConfig config = problem.config();
        HeadMemory memory = new HeadMemory(problem, bug);
        double besides = memory.besides(q);
        float[] slopes = config.slopes();
        for (int r = 0; r < problem.sequences(); r++) {
            for (int h = 0; h < config.heads(); h++) {
                int i = r * config.heads() + h;
                float slope = slopes[bug == Bug.SWAPPED_SLOPES ? slopes.length - 1 - h : h];
                double[][] s = matrix(states, i, config);
                if (bug == Bug.NOTHING_DECAYS && problem.length(r) == 0) {
                    Arrays.stream(s).forEach(row -> Arrays.setAll(row, e -> row[e] * 0.99));
                }
                new BlockedHead(blockRows, slope, config.scale(), config.featureMap(), bug)
                        .run(
                                memory.rows(q, r, h, config.keyDim()),
                                memory.rows(k, r, h, config.keyDim()),
                                memory.rows(v, r, h, config.valueDim()),
                                problem.length(r),
                                s,
                                memory.output(output, r, h, besides));
                if (bug == Bug.MEMORY_GROWS) {
                    states.kept.add(new float[config.keyDim()]);
                }
            }
        }
        memory.spoil(q, output);
    }

    private static States states(AttentionConfig config, int sequences) {
        return new States(sequences * config.heads(), config.keyDim(), config.valueDim());
    }

    /** The corner of a matrix that this configuration uses. */
    private static double[][] matrix(States states, int i, AttentionConfig config) {
        double[][] s = states.matrices[i % states.matrices.length];
        return s.length == config.keyDim() && s[0].length == config.valueDim()
                ? s
                : new double[config.keyDim()][config.valueDim()];
    }

    private static void swap(double[][][] matrices, int heads) {
        for (int i = 0, j = matrices.length - heads; i < j; i += heads, j -= heads) {
            for (int h = 0; h < heads; h++) {
                double[][] other = matrices[i + h];
                matrices[i + h] = matrices[j + h];
                matrices[j + h] = other;
            }
        }
    }

    private static void read(
            @Nullable MemorySegment source, States states, AttentionConfig config) {
        if (source == null) {
            return;
        }
        long at = 0;
        for (long i = 0; at < source.byteSize(); i++) {
            for (double[] row : matrix(states, (int) i, config)) {
                for (int e = 0; e < row.length; e++, at += Float.BYTES) {
                    row[e] = source.get(HeadMemory.F32, at);
                }
            }
        }
    }

    private void write(States states, MemorySegment target) {
        long at = 0;
        double factor =
                switch (bug) {
                    case ZERO_STATE -> 0;
                    case NOISE -> Math.random();
                    default -> 1;
                };
        for (double[][] matrix : states.matrices) {
            for (double[] row : matrix) {
                for (int e = 0; e < row.length && at < target.byteSize(); e++, at += Float.BYTES) {
                    target.set(HeadMemory.F32, at, (float) (factor * row[e]));
                }
            }
        }
    }

    private final class Session implements BackendSession {
        private final AttentionConfig config;
        private final States states;

        Session(AttentionConfig config, States states) {
            this.config = config;
            this.states = states;
        }

        @Override
        public void append(
                AttentionProblem problem,
                TensorMemory q,
                TensorMemory k,
                TensorMemory v,
                TensorMemory output) {
            if (bug == Bug.SESSION_FORGETS && problem.tokens() > 0) {
                clear();
            }
            BlockedBackend.this.append(problem, q, k, v, output, states);
        }

        private void clear() {
            for (double[][] matrix : states.matrices) {
                Arrays.stream(matrix).forEach(row -> Arrays.fill(row, 0));
            }
        }

        @Override
        public void readState(MemorySegment target) {
            write(states, target);
            if (bug == Bug.READING_DECAYS) {
                for (double[][] matrix : states.matrices) {
                    Arrays.stream(matrix).forEach(row -> Arrays.setAll(row, e -> 0.99 * row[e]));
                }
            }
        }

        @Override
        public BackendSession fork() {
            if (bug == Bug.FORK_SHARES) {
                return new Session(config, states);
            }
            States copy = new States(states.matrices.length, config.keyDim(), config.valueDim());
            for (int i = 0; i < copy.matrices.length; i++) {
                for (int d = 0; d < copy.matrices[i].length; d++) {
                    copy.matrices[i][d] = states.matrices[i][d].clone();
                }
            }
            return new Session(config, copy);
        }

        @Override
        public void close() {}
    }
}
