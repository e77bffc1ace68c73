package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.cpu.arithmetic.Elements;
import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.cpu.arithmetic.Products;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.ForwardBuffers;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * States that stay on the heap between appends, because the vector kernels read arrays.
 *
 * <p><b>Decode.</b> A token's key and value first go into a short list of <em>pending</em> rows;
 * with p rows pending before it, its output comes from S and the pending rows:
 *
 * <pre>
 *   o = c λ^(p+1) q S + c Σ_{j≤p} λ^(p−j) (q · k_j) v_j
 * </pre>
 *
 * <p>Every {@value #PENDING} tokens the pending rows are folded into S at once. So a step reads S
 * and does not write it, which is less traffic than S = λ S + kᵀ v each time; and S is rounded once
 * for {@value #PENDING} tokens, with λ^{@value #PENDING} taken from the slope in double, so that a
 * million steps agree with one prefill even at s = 4e−8.
 *
 * <p><b>Prefill.</b> An append of more than a few tokens folds what is pending and goes through
 * {@link ForwardPass}. Only such an append can be interrupted midway.
 */
public final class CpuSession implements BackendSession {
    /** The most rows that can be pending. */
    static final int PENDING = 32;

    /** The most tokens of an append that are decoded one by one. */
    private static final int DECODED = 4;

    /** Bytes of states and pending rows for which another thread is worth waking. */
    private static final long BYTES_PER_THREAD = 1 << 19;

    private final Engine engine;
    private final AttentionConfig config;
    private final Blocking blocking;
    private final float[] slopes;

    /** The powers of each head, kept because a step is too short to compute them. */
    private final BlockDecay[] decays;

    private final Stream[] streams;

    /** S, pending keys and values of one head of one sequence. */
    private static final class Stream {
        final Matrix s;

        /** The pending keys; its rows are as many as are pending. */
        final Matrix k;

        final Matrix v;

        Stream(Blocking blocking) {
            s = blocking.state();
            k = blocking.matrix(PENDING, blocking.keyDim());
            v = blocking.matrix(PENDING, blocking.valueDim());
            pending(0);
        }

        Stream(Stream other) {
            s = other.s.copy();
            k = other.k.copy();
            v = other.v.copy();
        }

        int pending() {
            return k.rows();
        }

        void pending(int rows) {
            k.shape(rows, k.columns());
            v.shape(rows, v.columns());
        }
    }

    private CpuSession(
            Engine engine, AttentionConfig config, BlockDecay[] decays, Stream[] streams) {
        this.engine = engine;
        this.decays = decays;
        this.config = config;
        this.blocking = Blocking.of(config.keyDim(), config.valueDim(), engine.kernels);
        this.slopes = config.slopes();
        this.streams = streams;
    }

    public static CpuSession open(
            Engine engine,
            AttentionConfig config,
            int sequences,
            @Nullable MemorySegment initialState) {
        Blocking blocking = Blocking.of(config.keyDim(), config.valueDim(), engine.kernels);
        StateRows rows = new StateRows(engine.kernels.elements(), blocking);
        Stream[] streams = new Stream[Math.multiplyExact(sequences, config.heads())];
        for (int i = 0; i < streams.length; i++) {
            streams[i] = new Stream(blocking);
            rows.read(initialState, i, streams[i].s);
        }
        BlockDecay[] decays = new BlockDecay[config.heads()];
        for (int h = 0; h < decays.length; h++) {
            decays[h] = new BlockDecay(PENDING, engine.kernels.lanes());
            decays[h].prepare(config.slopes()[h], config.scale());
        }
        return new CpuSession(engine, config, decays, streams);
    }

    /** Bytes of a stream: S and all rows that may be pending. */
    public static long streamBytes(Blocking blocking) {
        return blocking.bytes(blocking.keyDim(), blocking.valueDim())
                + blocking.bytes(PENDING, blocking.keyDim())
                + blocking.bytes(PENDING, blocking.valueDim());
    }

    @Override
    public void append(
            AttentionProblem problem,
            MemorySegment q,
            MemorySegment k,
            MemorySegment v,
            MemorySegment output) {
        ForwardBuffers buffers = new ForwardBuffers(q, k, v, null, output, null);
        if (longest(problem) <= DECODED) {
            decode(problem, buffers);
            return;
        }
        Streams call = new Streams(problem, blocking);
        forEachStream(
                streams.length,
                (i, ws) -> {
                    call.look();
                    if (problem.length(i / config.heads()) > 0) {
                        fold(i, streams[i].s, ws);
                        streams[i].pending(0);
                    }
                });
        BlockForward block = new BlockForward(engine.kernels, problem, buffers);
        new ForwardPass(
                        engine,
                        blocking,
                        problem,
                        block,
                        new States() {
                            @Override
                            public Matrix begin(int stream, Matrix home) {
                                return streams[stream].s;
                            }

                            @Override
                            public void end(int stream, Matrix s) {}
                        })
                .run();
    }

    @Override
    public void readState(MemorySegment target) {
        StateRows rows = new StateRows(engine.kernels.elements(), blocking);
        forEachStream(
                streams.length,
                (i, ws) -> {
                    ws.state.set(streams[i].s);
                    fold(i, ws.state, ws);
                    rows.write(ws.state, target, i);
                });
    }

    @Override
    public BackendSession fork() {
        Stream[] copies = new Stream[streams.length];
        Arrays.setAll(copies, i -> new Stream(streams[i]));
        return new CpuSession(engine, config, decays, copies);
    }

    @Override
    public void close() {
        Arrays.fill(streams, null);
    }

    private static long longest(AttentionProblem problem) {
        long longest = 0;
        for (int r = 0; r < problem.sequences(); r++) {
            longest = Math.max(longest, problem.length(r));
        }
        return longest;
    }

    private void decode(AttentionProblem problem, ForwardBuffers buffers) {
        Stream first = streams[0];
        long bytes =
                (long) streams.length
                        * Float.BYTES
                        * (first.s.size() + PENDING / 2 * first.k.rowStride());
        int parts = Math.clamp(bytes / BYTES_PER_THREAD, 1, streams.length);
        forEachStream(
                parts,
                (i, ws) -> {
                    long tokens = problem.length(i / config.heads());
                    for (long t = 0; t < tokens; t++) {
                        step(problem, buffers, i, t, ws);
                    }
                });
    }

    /** Computes token t of one stream. */
    private void step(
            AttentionProblem problem, ForwardBuffers buffers, int index, long t, Workspace ws) {
        Products products = engine.kernels.products();
        Elements elements = engine.kernels.elements();
        DType type = problem.inputType();
        DType out = problem.outputType();
        int d = config.keyDim();
        int e = config.valueDim();
        int sequence = index / config.heads();
        int head = index % config.heads();
        long key = problem.rowOffset(sequence, head, d) + t * problem.rowStride(d);
        long value = problem.rowOffset(sequence, head, e) + t * problem.rowStride(e);
        Stream stream = streams[index];
        int p = stream.pending();
        stream.pending(p + 1);
        Matrix k = stream.k;
        Matrix v = stream.v;
        elements.load(type, buffers.q(), key * type.bytes(), ws.q.floats(), 0, d);
        elements.load(type, buffers.k(), key * type.bytes(), k.floats(), p * k.rowStride(), d);
        elements.load(type, buffers.v(), value * type.bytes(), v.floats(), p * v.rowStride(), e);
        elements.apply(config.featureMap(), ws.q, 0, 1);
        elements.apply(config.featureMap(), k, p, p + 1);

        // o = c λ^(p+1) q S + c Σ_{j≤p} λ^(p−j) (q · k_j) v_j
        BlockDecay decay = decays[head];
        products.multiplyRow(decay.queries[p], ws.q, stream.s, ws.o);
        products.dots(k, ws.q, decay.scores, decay.reach() - p, ws.scores);
        products.addRow(ws.scores, v, ws.o);
        elements.store(ws.o.floats(), 0, e, out, buffers.output(), value * out.bytes());
        if (stream.pending() == PENDING) {
            fold(index, stream.s, ws);
            stream.pending(0);
        }
    }

    /** s = λ^p s + Σ_j λ^(p−1−j) k_jᵀ v_j over the p pending rows of a stream, which stay. */
    private void fold(int index, Matrix s, Workspace ws) {
        Stream stream = streams[index];
        int p = stream.pending();
        if (p == 0) {
            return;
        }
        int head = index % config.heads();
        double slope = slopes[head];
        BlockDecay decay = decays[head];
        engine.kernels.elements().scaleRows(stream.k, decay.keys, decay.keysFrom(p), ws.k);
        engine.kernels
                .products()
                .multiply(
                        ws.finish.advance(BlockDecay.fade(slope, p), BlockDecay.keep(slope, p), s),
                        ws.k.t(),
                        stream.v,
                        s);
    }

    private interface StreamTask {
        void run(int stream, Workspace ws);
    }

    /** Runs a task for every stream, in {@code parts} runs of neighbours. */
    private void forEachStream(int parts, StreamTask task) {
        engine.pool.forEach(
                parts,
                engine.scratch(blocking).workspaces(),
                (part, ws) -> {
                    int end = part(part + 1, parts);
                    for (int i = part(part, parts); i < end; i++) {
                        task.run(i, ws);
                    }
                });
    }

    private int part(int part, int parts) {
        return (int) ((long) streams.length * part / parts);
    }
}
