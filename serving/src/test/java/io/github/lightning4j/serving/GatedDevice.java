package io.github.lightning4j.serving;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.BackendException;
import io.github.lightning4j.Device;
import io.github.lightning4j.PoolOptions;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.BackendPool;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.BackwardBuffers;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.spi.SlotBuffers;
import io.github.lightning4j.spi.TensorMemory;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A device that counts tokens and computes nothing. While it is gated, each call tells that it has
 * begun and waits until it is let through, so that a test decides what waits meanwhile.
 */
final class GatedDevice implements Backend {
    private final BlockingQueue<long[]> begun = new LinkedBlockingQueue<>();
    private final BlockingQueue<Runnable> gate = new LinkedBlockingQueue<>();
    private final List<List<Long>> calls = Collections.synchronizedList(new ArrayList<>());
    private volatile boolean gated;
    private volatile @Nullable RuntimeException restoring;

    void setGated(boolean now) {
        gated = now;
    }

    /** From now on calls do not wait, nor does the one that has begun, if there is one. */
    void open() {
        gated = false;
        pass();
    }

    /** From now on no state can be brought to the device. */
    void failRestores(RuntimeException reason) {
        restoring = reason;
    }

    /** Waits until a call has begun; the tokens of its rows. */
    List<Long> awaitCall() throws InterruptedException {
        long[] rows = begun.poll(30, TimeUnit.MINUTES);
        if (rows == null) {
            throw new AssertionError("no call began");
        }
        return list(rows);
    }

    /** Lets the call through that has begun. */
    void pass() {
        gate.add(() -> {});
    }

    /** Lets the call that has begun fail. */
    void fail(RuntimeException reason) {
        gate.add(() -> {
            throw reason;
        });
    }

    /** Tokens of the rows of each call. */
    List<List<Long>> calls() {
        return List.copyOf(calls);
    }

    private static List<Long> list(long[] rows) {
        List<Long> list = new ArrayList<>();
        for (long row : rows) {
            list.add(row);
        }
        return list;
    }

    /** Counts. */
    private final class Pool implements BackendPool {
        private final long[] tokens;

        Pool(int slots) {
            tokens = new long[slots];
        }

        @Override
        public void append(
                AttentionProblem problem,
                int[] slots,
                TensorMemory q,
                TensorMemory k,
                TensorMemory v,
                TensorMemory output) {
            long[] rows = new long[slots.length];
            for (int r = 0; r < rows.length; r++) {
                rows[r] = slots[r] < 0 ? 0 : problem.length(r);
            }
            calls.add(list(rows));
            if (gated) {
                begun.add(rows);
                try {
                    gate.take().run();
                } catch (InterruptedException e) {
                    throw new BackendException("nobody interrupts the device", e);
                }
            }
            for (int r = 0; r < rows.length; r++) {
                if (slots[r] >= 0) {
                    tokens[slots[r]] += rows[r];
                }
            }
        }

        @Override
        public long tokens(int slot) {
            return tokens[slot];
        }

        @Override
        public void clear(int slot) {
            tokens[slot] = 0;
        }

        @Override
        public void copy(int from, int to) {
            tokens[to] = tokens[from];
        }

        @Override
        public void read(int slot, MemorySegment target) {}

        @Override
        public void write(int slot, MemorySegment source, long count) {
            tokens[slot] = count;
        }

        @Override
        public int grid() {
            return 32;
        }

        @Override
        public long folded(int slot) {
            return tokens[slot] / 32 * 32;
        }

        @Override
        public void snapshot(int slot, SlotBuffers target) {}

        @Override
        public void restore(int slot, long folded, int rows, SlotBuffers source) {
            RuntimeException failure = restoring;
            if (failure != null) {
                throw failure;
            }
            tokens[slot] = folded + rows;
        }

        @Override
        public long earliest(int slot) {
            return folded(slot);
        }

        @Override
        public void truncate(int slot, long count) {
            tokens[slot] = count;
        }

        @Override
        public void close() {}
    }

    @Override
    public BackendPool openPool(AttentionConfig config, int slots, PoolOptions options) {
        return new Pool(slots);
    }

    @Override
    public long poolMemory(AttentionConfig config, int slots, PoolOptions options) {
        return slots;
    }

    @Override
    public Device device() {
        return new Device("gated", "gated", Device.Kind.ACCELERATOR, "");
    }

    @Override
    public void forward(AttentionProblem problem, ForwardBuffers buffers) {
        throw new BackendException("it has pools only");
    }

    @Override
    public void backward(AttentionProblem problem, BackwardBuffers buffers) {
        throw new BackendException("it has pools only");
    }

    @Override
    public BackendSession openSession(
            AttentionConfig config, int sequences, @Nullable MemorySegment initialState) {
        throw new BackendException("it has pools only");
    }

    @Override
    public void close() {}
}
