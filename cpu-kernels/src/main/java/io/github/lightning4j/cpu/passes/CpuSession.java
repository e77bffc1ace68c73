package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.spi.TensorMemory;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * States that stay on the heap between appends, because the vector kernels read arrays. Appends of
 * a few tokens go through {@link Decode}; one of more folds what is pending and goes through {@link
 * ForwardPass}. Only such an append can be interrupted midway.
 */
public final class CpuSession implements BackendSession {
    /** The most tokens of an append that are decoded one by one. */
    private static final int DECODED = 4;

    /** Bytes of states and pending rows for which another thread is worth waking. */
    static final long BYTES_PER_THREAD = 1 << 19;

    private final Engine engine;
    private final AttentionConfig config;
    private final Blocking blocking;
    private final Decode decode;

    /** S and what is not in it yet, of one head of one sequence each. */
    private final WideBlock[] streams;

    private CpuSession(Engine engine, AttentionConfig config, Decode decode, WideBlock[] streams) {
        this.engine = engine;
        this.decode = decode;
        this.config = config;
        this.blocking = Blocking.of(config.keyDim(), config.valueDim(), engine.kernels);
        this.streams = streams;
    }

    public static CpuSession open(
            Engine engine,
            AttentionConfig config,
            int sequences,
            @Nullable MemorySegment initialState) {
        Blocking blocking = Blocking.of(config.keyDim(), config.valueDim(), engine.kernels);
        StateRows rows = new StateRows(engine.kernels.elements(), blocking);
        WideBlock[] streams = new WideBlock[Math.multiplyExact(sequences, config.heads())];
        for (int i = 0; i < streams.length; i++) {
            streams[i] = new WideBlock(blocking);
            rows.read(initialState, i, streams[i].s);
        }
        return new CpuSession(engine, config, new Decode(engine.kernels, config), streams);
    }

    /** Bytes of a stream: S and all rows that may be pending. */
    public static long streamBytes(Blocking blocking) {
        return WideBlock.bytes(blocking);
    }

    @Override
    public void append(
            AttentionProblem problem,
            TensorMemory q,
            TensorMemory k,
            TensorMemory v,
            TensorMemory output) {
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
                        streams[i].rows(0);
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
                    WideBlock stream = streams[i];
                    if (stream.rows() > 0) {
                        fold(i, ws.state, ws);
                    }
                    rows.write(stream.rows() > 0 ? ws.state : stream.s, target, i);
                });
    }

    @Override
    public BackendSession fork() {
        WideBlock[] copies = new WideBlock[streams.length];
        Arrays.setAll(copies, i -> new WideBlock(streams[i]));
        return new CpuSession(engine, config, decode, copies);
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
        WideBlock first = streams[0];
        long bytes =
                (long) streams.length
                        * Float.BYTES
                        * (first.s.size() + TokenBlock.ROWS / 2 * first.k.rowStride());
        int parts = Math.clamp(bytes / BYTES_PER_THREAD, 1, streams.length);
        forEachStream(
                parts,
                (i, ws) -> {
                    long tokens = problem.length(i / config.heads());
                    WideBlock stream = streams[i];
                    for (long t = 0; t < tokens; t++) {
                        int sequence = i / config.heads();
                        decode.step(problem, buffers, sequence, i % config.heads(), t, stream, ws);
                        if (stream.rows() == TokenBlock.ROWS) {
                            fold(i, stream.s, ws);
                            stream.rows(0);
                        }
                    }
                });
    }

    /** Makes target the state after the pending rows of a stream, which stay. */
    private void fold(int stream, Matrix target, Workspace ws) {
        if (streams[stream].rows() > 0) {
            decode.fold(stream % config.heads(), streams[stream], target, ws);
        }
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
