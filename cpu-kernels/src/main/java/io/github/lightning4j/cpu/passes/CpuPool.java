package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.PoolOptions;
import io.github.lightning4j.cpu.arithmetic.ScaledMatrix;
import io.github.lightning4j.cpu.threads.WorkerPool;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackendPool;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.spi.SlotBuffers;
import io.github.lightning4j.spi.TensorMemory;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * States of many sequences outside the heap, each in a slot. A thread takes whole streams, a stream
 * being one head of one row of a call, because the order of operations within one is the same
 * however tokens are cut into appends.
 *
 * <p>Rows of a few tokens go through {@link Decode}, others through {@link BlockAppend}, and both
 * fold the same blocks in the same way. Only a call with one of the others, or for very many
 * states, can be interrupted midway.
 */
public final class CpuPool implements BackendPool {
    private final Engine engine;
    private final AttentionConfig config;
    private final Blocking blocking;
    private final StateRows states;
    private final Decode decode;
    private final PoolOptions options;
    private final StateMemory memory;
    private final SlotBlocks[] slots;

    /** The last call. */
    private @Nullable PoolCall call;

    /** Parts into which the streams of a call of short rows are divided. */
    private int parts;

    /** What a thread does for such a part; made once, as is all that a step needs. */
    private final WorkerPool.Task<Workspace> part = this::part;

    private CpuPool(
            Engine engine,
            AttentionConfig config,
            Blocking blocking,
            PoolOptions options,
            int count) {
        this.engine = engine;
        this.config = config;
        this.blocking = blocking;
        this.options = options;
        memory = new StateMemory(count * slotBytes(blocking, config, options));
        slots = new SlotBlocks[count];
        Arrays.setAll(slots, i -> new SlotBlocks(blocking, config.heads(), options, memory));
        states = new StateRows(engine.kernels.elements(), blocking);
        decode = new Decode(engine.kernels, config);
    }

    /** Allocates a pool. */
    public static CpuPool open(
            Engine engine, AttentionConfig config, int count, PoolOptions options) {
        Blocking blocking = Blocking.of(config.keyDim(), config.valueDim(), engine.kernels);
        return new CpuPool(engine, config, blocking, options, count);
    }

    /** Bytes of a slot. */
    public static long slotBytes(Blocking blocking, AttentionConfig config, PoolOptions options) {
        return SlotBlocks.headBytes(blocking, options) * config.heads();
    }

    @Override
    public void append(
            AttentionProblem problem,
            int[] places,
            TensorMemory q,
            TensorMemory k,
            TensorMemory v,
            TensorMemory output) {
        PoolCall next = call;
        if (next == null || !next.isOf(problem, q, k, v, output)) {
            ForwardBuffers buffers = new ForwardBuffers(q, k, v, null, output, null);
            next =
                    new PoolCall(
                            engine.kernels,
                            slots,
                            decode,
                            options.seed(),
                            problem,
                            buffers,
                            places);
            call = next;
        }
        next.begin(places);
        run(next);
        next.end();
    }

    private void run(PoolCall next) {
        int longRows = 0;
        double work = 0;
        for (int row = 0; row < next.rows(); row++) {
            longRows += next.isDecoded(row) ? 0 : 1;
            work += next.tokens(row);
        }
        int streams = next.rows() * config.heads();
        if (longRows == 0) {
            long bytes = streams * SlotBlocks.headBytes(blocking, options.withRollback(0));
            parts = Math.clamp(bytes / CpuSession.BYTES_PER_THREAD, 1, streams);
            engine.pool.forEach(parts, engine.scratch(blocking).workspaces(), part);
            return;
        }
        // Another such call is likely to have other tensors; these should not stay for it.
        call = null;
        int[] order =
                IntStream.range(0, next.rows())
                        .boxed()
                        .sorted(Comparator.comparingLong(row -> -next.tokens(row)))
                        .mapToInt(row -> row)
                        .toArray();
        work *= 2.0 * config.heads() * config.keyDim() * config.valueDim();
        forEachStream(
                work < Streams.WORTH_WAKING ? 1 : streams,
                streams,
                (i, ws) -> {
                    int row = order[i / config.heads()];
                    next.stream(row * config.heads() + i % config.heads(), ws);
                });
    }

    private void part(int i, Workspace ws) {
        PoolCall current = call;
        if (current != null) {
            long streams = (long) current.rows() * config.heads();
            int end = (int) (streams * (i + 1) / parts);
            for (int stream = (int) (streams * i / parts); stream < end; stream++) {
                current.stream(stream, ws);
            }
        }
    }

    /** Runs a task for each of some streams, in {@code tasks} runs of neighbours. */
    private void forEachStream(int tasks, int streams, WorkerPool.Task<Workspace> task) {
        engine.pool.forEach(
                tasks,
                engine.scratch(blocking).workspaces(),
                (t, ws) -> {
                    int end = (int) ((long) streams * (t + 1) / tasks);
                    for (int i = (int) ((long) streams * t / tasks); i < end; i++) {
                        task.run(i, ws);
                    }
                });
    }

    @Override
    public long tokens(int slot) {
        return slots[slot].ring().tokens();
    }

    @Override
    public void clear(int slot) {
        restart(slot, null, 0);
    }

    @Override
    public void write(int slot, MemorySegment source, long tokens) {
        restart(slot, source, tokens);
    }

    private void restart(int slot, @Nullable MemorySegment source, long tokens) {
        slots[slot].restart(tokens);
        engine.scratch(blocking)
                .workspaces()
                .with(ws -> {
                    for (int h = 0; h < config.heads(); h++) {
                        TokenBlock block = now(slot, h);
                        states.read(source, h, ws.state);
                        int key = ScaledMatrix.key(options.seed(), h, tokens);
                        block.settle(engine.kernels.elements(), key, ws);
                    }
                });
    }

    @Override
    public void copy(int from, int to) {
        slots[to].set(slots[from]);
    }

    @Override
    public void read(int slot, MemorySegment target) {
        engine.scratch(blocking)
                .workspaces()
                .with(ws -> {
                    for (int h = 0; h < config.heads(); h++) {
                        TokenBlock block = now(slot, h);
                        block.read(engine.kernels.elements(), ws.state, ws);
                        if (block.rows() > 0) {
                            decode.fold(h, ws.state, ws);
                        }
                        states.write(ws.state, target, h);
                    }
                });
    }

    private TokenBlock now(int slot, int head) {
        return slots[slot].block(slots[slot].ring().current(), head);
    }

    @Override
    public int grid() {
        return slots[0].ring().grid();
    }

    @Override
    public long folded(int slot) {
        return slots[slot].ring().first();
    }

    @Override
    public void snapshot(int slot, SlotBuffers target) {
        engine.scratch(blocking)
                .workspaces()
                .with(ws -> {
                    for (int h = 0; h < config.heads(); h++) {
                        TokenBlock block = now(slot, h);
                        block.readState(engine.kernels.elements(), ws.state, ws);
                        states.write(ws.state, target.state(), h);
                        states.writeRows(block.k, target.keys(), h);
                        states.writeRows(block.v, target.values(), h);
                    }
                });
    }

    @Override
    public void restore(int slot, long folded, int rows, SlotBuffers source) {
        restart(slot, source.state(), folded);
        slots[slot].restart(folded, rows);
        for (int h = 0; h < config.heads(); h++) {
            TokenBlock block = now(slot, h);
            states.readRows(source.keys(), h, block.k);
            states.readRows(source.values(), h, block.v);
        }
    }

    @Override
    public long earliest(int slot) {
        return slots[slot].ring().earliest();
    }

    @Override
    public void truncate(int slot, long tokens) {
        slots[slot].truncate(tokens);
    }

    /** With assertions on, what is read of a slot that was released is NaN. */
    @Override
    public void release(int slot) {
        assert isPoisoned(slots[slot]);
    }

    private static boolean isPoisoned(SlotBlocks slot) {
        slot.poison();
        return true;
    }

    @Override
    public void close() {
        call = null;
        memory.close();
    }
}
