package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.cpu.arithmetic.Finish;
import io.github.lightning4j.cpu.arithmetic.StoredMatrix;
import io.github.lightning4j.cpu.arithmetic.StoredProducts;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.ForwardBuffers;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/**
 * States and pending rows that stay between appends, outside of the heap. Decode works on them in
 * place; prefill copies a state into scratch and back.
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
 * <p>An append of up to {@value #DECODED} tokens, or {@value #DECODED_LARGE} for large states, is
 * decoded, {@value #STEP} at a time while S is read, and gives what single tokens give, bit for
 * bit.
 *
 * <p><b>Prefill.</b> A longer append folds what is pending and goes through {@link ForwardPass}.
 *
 * <p>An append of more than {@value #STEP} tokens can be interrupted midway.
 */
public final class CpuSession implements BackendSession {
    /** The most rows that can be pending. */
    static final int PENDING = 32;

    /** The most tokens of an append that are decoded: from there on a pass takes no longer. */
    private static final int DECODED = 8;

    /** The same for large states, which a pass would copy there and back. */
    private static final int DECODED_LARGE = 16;

    /** Floats of a state that is large: it fills the first cache. */
    private static final int LARGE = 1 << 13;

    /** The most tokens that are read from S at once. */
    private static final int STEP = 4;

    /** Bytes of states and pending rows for which another thread is worth waking. */
    private static final long BYTES_PER_THREAD = 1 << 19;

    private final Engine engine;
    private final AttentionConfig config;
    private final Blocking blocking;
    private final float[] slopes;

    /** The powers of each head, kept because a step is too short to compute them. */
    private final BlockDecay[] decays;

    private final SessionArena arena;

    /** S of each head of each sequence. */
    private final StoredMatrix[] s;

    /** The pending keys of each; its rows are as many as are pending. */
    private final StoredMatrix[] k;

    /** The pending values of each. */
    private final StoredMatrix[] v;

    private CpuSession(
            Engine engine,
            AttentionConfig config,
            Blocking blocking,
            BlockDecay[] decays,
            SessionArena arena,
            int streams) {
        this.engine = engine;
        this.decays = decays;
        this.config = config;
        this.blocking = blocking;
        this.slopes = config.slopes();
        this.arena = arena;
        s = new StoredMatrix[streams];
        k = new StoredMatrix[streams];
        v = new StoredMatrix[streams];
        for (int i = 0; i < streams; i++) {
            s[i] = arena.state();
            k[i] = arena.matrix(PENDING, blocking.keyDim());
            v[i] = arena.matrix(PENDING, blocking.valueDim());
            pending(i, 0);
        }
    }

    public static CpuSession open(
            Engine engine,
            AttentionConfig config,
            int sequences,
            @Nullable MemorySegment initialState) {
        Blocking blocking = Blocking.of(config.keyDim(), config.valueDim(), engine.kernels);
        BlockDecay[] decays = new BlockDecay[config.heads()];
        for (int h = 0; h < decays.length; h++) {
            decays[h] = new BlockDecay(PENDING, engine.kernels.lanes());
            decays[h].prepare(config.slopes()[h], config.scale());
        }
        int streams = Math.multiplyExact(sequences, config.heads());
        SessionArena arena = new SessionArena(streams * streamBytes(blocking), blocking);
        StateRows rows = new StateRows(engine.kernels.elements(), blocking);
        return arena.orClosed(() -> {
            CpuSession session = new CpuSession(engine, config, blocking, decays, arena, streams);
            rows.readAll(initialState, session.s);
            return session;
        });
    }

    /** Bytes of a stream: S and all rows that may be pending. */
    public static long streamBytes(Blocking blocking) {
        return blocking.storedBytes(blocking.keyDim(), blocking.valueDim())
                + blocking.storedBytes(PENDING, blocking.keyDim())
                + blocking.storedBytes(PENDING, blocking.valueDim());
    }

    @Override
    public void append(
            AttentionProblem problem,
            MemorySegment q,
            MemorySegment k,
            MemorySegment v,
            MemorySegment output) {
        ForwardBuffers buffers = new ForwardBuffers(q, k, v, null, output, null);
        if (longest(problem) <= decoded()) {
            decode(problem, buffers);
            return;
        }
        Streams call = new Streams(problem, blocking);
        SessionStates states = new SessionStates(problem, s);
        forEachStream(
                s.length,
                (i, ws) -> {
                    call.look();
                    if (states.grows(i)) {
                        fold(i, ws);
                    }
                });
        BlockForward block = new BlockForward(engine.kernels, problem, buffers);
        new ForwardPass(engine, blocking, problem, block, states).run();
    }

    @Override
    public void readState(MemorySegment target) {
        StateRows rows = new StateRows(engine.kernels.elements(), blocking);
        forEachStream(
                s.length,
                (i, ws) -> {
                    readFolded(i, ws);
                    rows.write(ws.state, target, i);
                });
    }

    @Override
    public BackendSession fork() {
        SessionArena copied = arena.copy();
        return copied.orClosed(() -> {
            CpuSession copy = new CpuSession(engine, config, blocking, decays, copied, s.length);
            for (int i = 0; i < s.length; i++) {
                copy.pending(i, k[i].rows());
            }
            return copy;
        });
    }

    @Override
    public void close() {
        arena.close();
    }

    private void pending(int stream, int rows) {
        k[stream].rows(rows);
        v[stream].rows(rows);
    }

    private int decoded() {
        return config.keyDim() * config.valueDim() > LARGE ? DECODED_LARGE : DECODED;
    }

    private static long longest(AttentionProblem problem) {
        long longest = 0;
        for (int r = 0; r < problem.sequences(); r++) {
            longest = Math.max(longest, problem.length(r));
        }
        return longest;
    }

    private void decode(AttentionProblem problem, ForwardBuffers buffers) {
        long floats = (long) s[0].rows() * s[0].rowStride() + (long) PENDING / 2 * k[0].rowStride();
        long steps = (longest(problem) + STEP - 1) / STEP;
        long bytes = s.length * floats * Float.BYTES * steps;
        int parts = Math.clamp(bytes / BYTES_PER_THREAD, 1, s.length);
        RowTransfer transfer = new RowTransfer(engine.kernels.elements(), problem);
        Streams call = new Streams(problem, blocking);
        forEachStream(
                parts,
                (i, ws) -> {
                    int sequence = i / config.heads();
                    int head = i % config.heads();
                    long tokens = problem.length(sequence);
                    if (tokens > STEP) {
                        call.look();
                    }
                    for (long t = 0; t < tokens; t += ws.rows.count()) {
                        int room = PENDING - k[i].rows();
                        int n = (int) Math.min(Math.min(STEP, room), tokens - t);
                        step(i, transfer, ws.rows.set(sequence, head, t, n), buffers, ws);
                    }
                });
    }

    /** Computes a few tokens of stream i. */
    private void step(
            int i, RowTransfer transfer, Rows rows, ForwardBuffers buffers, Workspace ws) {
        StoredProducts stored = engine.kernels.stored();
        transfer.features(rows, buffers.q(), ws.q);
        transfer.features(rows, buffers.k(), ws.k);
        transfer.load(rows, buffers.v(), ws.v);
        int p = k[i].rows();
        k[i].writeRows(p, ws.k);
        v[i].writeRows(p, ws.v);

        // o = c λ^(p+1) q S + c Σ_{j≤p} λ^(p−j) (q · k_j) v_j
        BlockDecay decay = decays[rows.head()];
        stored.multiplyRows(decay.queries, p, ws.q, s[i], ws.o);
        for (int r = 0; r < rows.count(); r++, p++) {
            pending(i, p + 1);
            stored.dots(k[i], ws.q, r, decay.scores, decay.reach() - p, ws.scores);
            stored.addRow(ws.scores, v[i], ws.o, r);
        }
        transfer.store(rows, ws.o, buffers.output());
        if (p == PENDING) {
            fold(i, ws);
        }
    }

    /** S = λ^p S + Σ_j λ^(p−1−j) k_jᵀ v_j over the p pending rows of a stream, then none is. */
    private void fold(int i, Workspace ws) {
        int p = k[i].rows();
        if (p > 0) {
            readPending(i, ws);
            double slope = slopes[i % config.heads()];
            float fade = BlockDecay.fade(slope, p);
            float keep = BlockDecay.keep(slope, p);
            engine.kernels.products().fold(fade, keep, ws.k.t(), ws.v, s[i], ws.update);
            pending(i, 0);
        }
    }

    /** Reads S of a stream as {@link #fold} would leave it. */
    private void readFolded(int i, Workspace ws) {
        s[i].read(ws.state);
        int p = k[i].rows();
        if (p > 0) {
            readPending(i, ws);
            double slope = slopes[i % config.heads()];
            float fade = BlockDecay.fade(slope, p);
            float keep = BlockDecay.keep(slope, p);
            Finish finish = ws.finish.advance(fade, keep, ws.state);
            engine.kernels.products().multiply(finish, ws.k.t(), ws.v, ws.state);
        }
    }

    /** Reads the pending rows of a stream: λ^(p−1−j) k_j and v_j. */
    private void readPending(int i, Workspace ws) {
        k[i].read(ws.k);
        v[i].read(ws.v);
        BlockDecay decay = decays[i % config.heads()];
        int from = decay.keysFrom(ws.k.rows());
        engine.kernels.elements().scaleRows(ws.k, decay.keys, from, ws.k);
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
        return (int) ((long) s.length * part / parts);
    }
}
