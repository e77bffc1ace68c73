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
 * States that stay outside the heap between appends. Appends of a few tokens go through {@link
 * Decode}; one of more folds what is pending and goes through {@link ForwardPass}. Only such an
 * append, or decode of very many states, can be interrupted midway.
 */
public final class CpuSession implements BackendSession {
    /** Bytes of states and pending rows for which another thread is worth waking. */
    static final long BYTES_PER_THREAD = 1 << 19;

    private final Engine engine;
    private final AttentionConfig config;
    private final Blocking blocking;
    private final Decode decode;
    private final StateMemory memory;

    /** S and what is not in it yet, of one head of one sequence each. */
    private final WideBlock[] streams;

    /** Zeros. */
    private CpuSession(Engine engine, AttentionConfig config, Decode decode, int streams) {
        this.engine = engine;
        this.decode = decode;
        this.config = config;
        this.blocking = Blocking.of(config.keyDim(), config.valueDim(), engine.kernels);
        memory = new StateMemory(streams * streamBytes(blocking));
        this.streams = new WideBlock[streams];
        Arrays.setAll(this.streams, i -> new WideBlock(blocking, memory));
    }

    public static CpuSession open(
            Engine engine,
            AttentionConfig config,
            int sequences,
            @Nullable MemorySegment initialState) {
        int streams = Math.multiplyExact(sequences, config.heads());
        CpuSession session =
                new CpuSession(engine, config, new Decode(engine.kernels, config), streams);
        StateRows rows = new StateRows(engine.kernels.elements(), session.blocking);
        for (int i = 0; initialState != null && i < streams; i++) {
            rows.read(initialState, i, session.streams[i].s);
        }
        return session;
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
        if (longest(problem) <= PoolCall.DECODED) {
            decode(problem, buffers);
            return;
        }
        BlockForward block = new BlockForward(engine.kernels, problem, buffers);
        new ForwardPass(engine, blocking, problem, block, new SessionStates(problem)).run();
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
                        rows.write(ws.state, target, i);
                    } else {
                        rows.write(stream.s, target, i);
                    }
                });
    }

    @Override
    public BackendSession fork() {
        CpuSession copy = new CpuSession(engine, config, decode, streams.length);
        for (int i = 0; i < streams.length; i++) {
            copy.streams[i].set(streams[i]);
        }
        return copy;
    }

    @Override
    public void close() {
        memory.close();
    }

    private static long longest(AttentionProblem problem) {
        long longest = 0;
        for (int r = 0; r < problem.sequences(); r++) {
            longest = Math.max(longest, problem.length(r));
        }
        return longest;
    }

    private void decode(AttentionProblem problem, ForwardBuffers buffers) {
        long bytes =
                streams.length
                        * (StateMemory.stateBytes(blocking)
                                + TokenBlock.rowBytes(blocking, TokenBlock.ROWS) / 4);
        int parts = Math.clamp(bytes / BYTES_PER_THREAD, 1, streams.length);
        Streams call = decode.isTakenWhole(problem) ? null : new Streams(problem, blocking);
        forEachStream(
                parts,
                (i, ws) -> {
                    if (call != null) {
                        call.look();
                    }
                    long tokens = problem.length(i / config.heads());
                    WideBlock stream = streams[i];
                    for (int t = 0; t < tokens; ) {
                        int room = TokenBlock.ROWS - stream.rows();
                        int count = (int) Math.min(tokens - t, Math.min(room, Decode.TOKENS));
                        decode.steps(
                                problem,
                                buffers,
                                i / config.heads(),
                                i % config.heads(),
                                t,
                                count,
                                stream,
                                ws);
                        t += count;
                        if (stream.rows() == TokenBlock.ROWS) {
                            fold(i, ws.state, ws);
                            stream.s.write(ws.state);
                            stream.rows(0);
                        }
                    }
                });
    }

    /** A matrix becomes the state of a stream with its pending rows, which stay. */
    private void fold(int i, Matrix s, Workspace ws) {
        streams[i].read(engine.kernels.elements(), s, ws);
        decode.fold(i % config.heads(), s, ws);
    }

    /**
     * A pass begins with S and the pending rows in one, and leaves none. Sequences that get no
     * token stay as they are.
     */
    private final class SessionStates implements States {
        private final AttentionProblem problem;

        SessionStates(AttentionProblem problem) {
            this.problem = problem;
        }

        private boolean staysAsItIs(int i) {
            return problem.length(i / config.heads()) == 0;
        }

        @Override
        public Matrix begin(int i, Matrix home) {
            if (streams[i].rows() == 0) {
                streams[i].s.read(home);
            } else if (!staysAsItIs(i)) {
                engine.scratch(blocking).workspaces().with(ws -> fold(i, home, ws));
            }
            return home;
        }

        @Override
        public void end(int i, Matrix s) {
            if (!staysAsItIs(i)) {
                streams[i].s.write(s);
                streams[i].rows(0);
            }
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
