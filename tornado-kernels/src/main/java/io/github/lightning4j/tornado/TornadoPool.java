package io.github.lightning4j.tornado;

import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackendPool;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.spi.SlotBuffers;
import io.github.lightning4j.spi.TensorMemory;
import io.github.lightning4j.tornado.devices.DeviceLock;
import io.github.lightning4j.tornado.kernels.PoolTable;
import io.github.lightning4j.tornado.plans.Places;

import java.lang.foreign.MemorySegment;

/** A pool whose states stay on the device. */
final class TornadoPool implements BackendPool {
    private final Places places;

    TornadoPool(Places places) {
        this.places = places;
    }

    @Override
    public void append(
            AttentionProblem problem,
            int[] slots,
            TensorMemory q,
            TensorMemory k,
            TensorMemory v,
            TensorMemory output) {
        ForwardBuffers buffers = new ForwardBuffers(q, k, v, null, output, null);
        DeviceLock.pass(false, () -> places.append(problem, slots, buffers));
    }

    @Override
    public long tokens(int slot) {
        return places.ring(slot).tokens();
    }

    @Override
    public void clear(int slot) {
        places.restart(slot, null, 0);
    }

    @Override
    public void copy(int from, int to) {
        places.copy(from, to);
    }

    @Override
    public void read(int slot, MemorySegment target) {
        places.read(slot, target);
    }

    @Override
    public void write(int slot, MemorySegment source, long tokens) {
        places.restart(slot, source, tokens);
    }

    @Override
    public int grid() {
        return PoolTable.TOKENS;
    }

    @Override
    public long folded(int slot) {
        return places.ring(slot).first();
    }

    @Override
    public void snapshot(int slot, SlotBuffers target) {
        places.snapshot(slot, target);
    }

    @Override
    public void restore(int slot, long folded, int rows, SlotBuffers source) {
        places.restore(slot, folded, rows, source);
    }

    @Override
    public long earliest(int slot) {
        return places.ring(slot).earliest();
    }

    @Override
    public void truncate(int slot, long tokens) {
        places.ring(slot).truncate(tokens);
    }

    @Override
    public void close() {
        places.close();
    }
}
