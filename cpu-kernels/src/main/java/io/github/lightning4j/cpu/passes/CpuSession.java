package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.cpu.arithmetic.Kernels;
import io.github.lightning4j.cpu.arithmetic.Products.Band;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackendSession;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * States that stay in the heap between appends.
 *
 * <p><b>Decode.</b> A token's key and value first go into a short list of <em>pending</em> rows;
 * its output is what S and the pending rows say, with p rows pending before it:
 *
 * <pre>
 *   o = c λ^(p+1) q S + c Σ_{j≤p} λ^(p−j) (q · k_j) v_j
 * </pre>
 *
 * <p>Every {@value #PENDING} tokens the pending rows are folded into S at once. So a step reads S
 * and writes nothing of it, which is less traffic than S = λ S + kᵀ v each time; and S is rounded
 * once for {@value #PENDING} tokens, with λ^{@value #PENDING} taken from the slope in double, so
 * that a million steps agree with one prefill even at s = 4e−8 (hazard 3).
 *
 * <p><b>Prefill.</b> More than a few tokens fold what is pending and go through {@link
 * ForwardPass}.
 */
public final class CpuSession implements BackendSession {
    /** Pending rows at most. */
    static final int PENDING = 32;

    /** Up to so many tokens at a time are decoded one by one. */
    private static final int DECODED = 4;

    /** Bytes of states and pending rows for which another thread is worth waking. */
    private static final long BYTES_PER_THREAD = 1 << 19;

    private final Engine engine;
    private final AttentionConfig config;
    private final Blocking blocking;
    private final float[] slopes;

    /** Of each head, for no step is worth the exponentials that all of them would take. */
    private final BlockDecay[] decays;

    private final Stream[] streams;

    /** S, pending keys and values of one head of one sequence. */
    private static final class Stream {
        final float[] s;
        final float[] k;
        final float[] v;
        int pending;

        Stream(Blocking blocking) {
            s = new float[blocking.stateSize()];
            k = new float[PENDING * blocking.keyStride() + Kernels.TILE_ROWS];
            v = new float[PENDING * blocking.valueStride()];
        }

        Stream(Stream other) {
            s = other.s.clone();
            k = other.k.clone();
            v = other.v.clone();
            pending = other.pending;
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
        StateRows rows = new StateRows(engine.kernels, blocking);
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

    @Override
    public void append(
            AttentionProblem problem,
            MemorySegment q,
            MemorySegment k,
            MemorySegment v,
            MemorySegment output) {
        if (longest(problem) <= DECODED) {
            decode(problem, q, k, v, output);
            return;
        }
        forEachStream(
                streams.length,
                (i, ws) -> {
                    if (problem.length(i / config.heads()) > 0) {
                        fold(i, streams[i].s, ws);
                        streams[i].pending = 0;
                    }
                });
        BlockForward block =
                new BlockForward(engine.kernels, problem, new Tensors(q, k, v, output));
        new ForwardPass(
                        engine,
                        blocking,
                        problem,
                        block,
                        new States() {
                            @Override
                            public float[] begin(int stream, float[] home) {
                                return streams[stream].s;
                            }

                            @Override
                            public void end(int stream, float[] s) {}
                        })
                .run();
    }

    @Override
    public void readState(MemorySegment target) {
        StateRows rows = new StateRows(engine.kernels, blocking);
        forEachStream(
                streams.length,
                (i, ws) -> {
                    System.arraycopy(streams[i].s, 0, ws.state, 0, ws.state.length);
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

    private void decode(
            AttentionProblem problem,
            MemorySegment q,
            MemorySegment k,
            MemorySegment v,
            MemorySegment output) {
        long bytes =
                (long) streams.length
                        * Float.BYTES
                        * (blocking.stateSize() + PENDING / 2 * blocking.keyStride());
        int parts = Math.clamp(bytes / BYTES_PER_THREAD, 1, streams.length);
        forEachStream(
                parts,
                (i, ws) -> {
                    int sequence = i / config.heads();
                    int head = i % config.heads();
                    long tokens = problem.length(sequence);
                    if (tokens == 0) {
                        return;
                    }
                    long key = problem.rowOffset(sequence, head, config.keyDim());
                    long value = problem.rowOffset(sequence, head, config.valueDim());
                    for (long t = 0; t < tokens; t++) {
                        step(problem, streams[i], i, q, k, v, output, key, value, ws);
                        key += problem.rowStride(config.keyDim());
                        value += problem.rowStride(config.valueDim());
                    }
                });
    }

    /**
     * One token of one stream; its rows begin at element {@code key} of q, k and {@code value} of
     * v, o.
     */
    private void step(
            AttentionProblem problem,
            Stream stream,
            int index,
            MemorySegment q,
            MemorySegment k,
            MemorySegment v,
            MemorySegment output,
            long key,
            long value,
            Workspace ws) {
        Kernels kernels = engine.kernels;
        DType type = problem.inputType();
        int d = config.keyDim();
        int e = config.valueDim();
        BlockDecay decay = decays[index % config.heads()];
        int p = stream.pending;
        int kAt = p * blocking.keyStride();
        kernels.load(type, q, key * type.bytes(), ws.q, 0, d);
        kernels.load(type, k, key * type.bytes(), stream.k, kAt, d);
        kernels.load(type, v, value * type.bytes(), stream.v, p * blocking.valueStride(), e);
        kernels.apply(config.featureMap(), ws.q, 0, d);
        kernels.apply(config.featureMap(), stream.k, kAt, d);
        int rows = p + 1;
        kernels.rowTimesMatrix(
                decay.queries[p], ws.q, 0, stream.s, blocking.valueStride(), d, ws.o, e);
        kernels.rowDots(
                stream.k,
                blocking.keyStride(),
                rows,
                d,
                ws.q,
                0,
                decay.scores,
                decay.reach() - p,
                ws.p);
        kernels.rowTimesMatrixAdd(ws.p, stream.v, blocking.valueStride(), rows, ws.o, e);
        DType out = problem.outputType();
        kernels.store(ws.o, 0, e, out, output, value * out.bytes());
        stream.pending = rows;
        if (rows == PENDING) {
            fold(index, stream.s, ws);
            stream.pending = 0;
        }
    }

    /** s = λ^p s + Σ_j λ^(p−1−j) k_jᵀ v_j over the p pending rows of a stream, which stay. */
    private void fold(int index, float[] s, Workspace ws) {
        Stream stream = streams[index];
        int p = stream.pending;
        if (p == 0) {
            return;
        }
        int head = index % config.heads();
        double slope = slopes[head];
        BlockDecay decay = decays[head];
        int ldk = blocking.keyStride();
        int ldv = blocking.valueStride();
        engine.kernels.scaleRows(
                stream.k, ldk, p, config.keyDim(), decay.keys, decay.keysFrom(p), ws.k);
        engine.kernels.multiply(
                Band.FULL,
                ws.finish.advance(BlockDecay.fade(slope, p), BlockDecay.keep(slope, p), s),
                ws.k,
                1,
                ldk,
                stream.v,
                ldv,
                s,
                ldv,
                config.keyDim(),
                config.valueDim(),
                p);
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
