package io.github.lightning4j;

import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackendPool;
import io.github.lightning4j.spi.SlotBuffers;
import io.github.lightning4j.spi.TensorMemory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A device whose pools count tokens and compute nothing. */
final class CountingDevice extends BrokenDevice {
    /** Bytes of a slot. */
    static final long BYTES = 1000;

    /** Counts tokens and computes nothing, or fails where it is told to. */
    static class Pool implements BackendPool {
        final List<String> calls = new ArrayList<>();
        final long[] tokens;
        RuntimeException failure;
        Runnable whileAppending = () -> {};

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
            calls.add("append " + Arrays.toString(slots));
            whileAppending.run();
            if (failure != null) {
                throw failure;
            }
            for (int r = 0; r < slots.length; r++) {
                if (slots[r] >= 0) {
                    tokens[slots[r]] += problem.length(r);
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
        public void snapshot(int slot, SlotBuffers target) {
            calls.add("snapshot " + slot);
        }

        @Override
        public void restore(int slot, long folded, int rows, SlotBuffers source) {
            calls.add("restore " + slot);
            if (failure != null) {
                throw failure;
            }
            tokens[slot] = folded + rows;
        }

        @Override
        public long earliest(int slot) {
            return tokens[slot] / 32 * 32;
        }

        @Override
        public void truncate(int slot, long count) {
            tokens[slot] = count;
        }

        @Override
        public void release(int slot) {
            calls.add("release " + slot);
        }

        @Override
        public void close() {
            calls.add("close");
        }
    }

    Pool pool;

    @Override
    public BackendPool openPool(AttentionConfig config, int slots, PoolOptions options) {
        pool = new Pool(slots);
        return pool;
    }

    @Override
    public long poolMemory(AttentionConfig config, int slots, PoolOptions options) {
        return slots * BYTES;
    }
}
