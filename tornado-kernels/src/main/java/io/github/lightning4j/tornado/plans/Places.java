package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.BackendException;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BlockRing;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.spi.SlotBuffers;
import io.github.lightning4j.spi.TensorMemory;
import io.github.lightning4j.tornado.devices.DeviceLock;
import io.github.lightning4j.tornado.kernels.PoolTable;
import io.github.lightning4j.tornado.tasks.PoolShape;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The slots of a pool on a device: what is in which place. A device that failed has lost them all.
 *
 * <p>Used by one thread at a time.
 */
public final class Places implements AutoCloseable {
    private final PlanPool pool;

    /** That of the plan, which may have more slots. */
    private final PoolShape shape;

    private final BlockRing[] rings;
    private @Nullable DevicePool there;

    private Places(PlanPool pool, int slots, int rollback, DevicePool there) {
        this.pool = pool;
        this.there = there;
        shape = there.key();
        rings = new BlockRing[slots];
        for (int i = 0; i < rings.length; i++) {
            rings[i] = new BlockRing(PoolTable.TOKENS, rollback);
        }
    }

    /** Allocates the places of slots. */
    public static Places open(PlanPool pool, PoolShape shape, int rollback) {
        List<DevicePool> taken = new ArrayList<>();
        pool.guarded(
                () -> {
                    DevicePool device = pool.take(shape);
                    taken.add(device);
                    // Gives the places their memory: other graphs take it over from this one.
                    device.move(0, 0, 0);
                },
                failure -> taken.forEach(device -> pool.abandon(device, failure)));
        return new Places(pool, shape.slots(), rollback, taken.getFirst());
    }

    /** What is known of a slot. */
    public BlockRing ring(int slot) {
        return rings[slot];
    }

    private interface Work {
        void run(DevicePool there);
    }

    /** Runs on the device; what fails there is not used again. */
    private void guarded(Work work) {
        DevicePool device = there;
        if (device == null) {
            throw new BackendException(
                    "the states were lost when the device failed; open another pool");
        }
        pool.guarded(
                () -> work.run(device),
                cause -> {
                    there = null;
                    pool.abandon(device, cause);
                });
    }

    private int place(int slot, int block) {
        return PoolWindow.place(shape, slot, block);
    }

    /** A slot continues from float32 [H, D, E] after so many tokens; null: zeros. */
    public void restart(int slot, @Nullable MemorySegment source, long tokens) {
        guarded(device -> device.write(place(slot, 0), source));
        rings[slot].restart(tokens);
    }

    /** Makes one slot the same as another. */
    public void copy(int from, int to) {
        BlockRing ring = rings[from];
        guarded(device -> {
            for (int back = 0; back <= ring.kept(); back++) {
                int block = ring.after(ring.current(), -back);
                int next = ring.after(block, 1);
                int tokens = back == 0 ? ring.rows() : (int) (ring.first(next) - ring.first(block));
                device.move(place(from, block), place(to, block), tokens);
            }
        });
        rings[to].set(ring);
    }

    /** The state of a slot, as float32 [H, D, E]. */
    public void read(int slot, MemorySegment target) {
        BlockRing ring = rings[slot];
        guarded(device -> device.read(place(slot, ring.current()), ring.rows(), target));
    }

    /** S of a slot, and the tokens that are not in it. */
    public void snapshot(int slot, SlotBuffers target) {
        BlockRing ring = rings[slot];
        int place = place(slot, ring.current());
        guarded(device -> {
            device.read(place, 0, target.state());
            if (ring.rows() > 0) {
                device.readRows(place, ring.rows(), target.keys(), target.values());
            }
        });
    }

    /** A slot goes on from what another held. */
    public void restore(int slot, long folded, int rows, SlotBuffers source) {
        guarded(device -> {
            device.write(place(slot, 0), source.state());
            if (rows > 0) {
                device.writeRows(place(slot, 0), rows, source.keys(), source.values());
            }
        });
        rings[slot].restart(folded, rows);
    }

    /**
     * Appends tokens to slots.
     *
     * @param slots the slot of each row of the call; −1: its output becomes 0
     * @throws io.github.lightning4j.AttentionInterruptedException if the thread was interrupted and
     *     more than one window is needed; then those before are in the slots
     */
    public void append(AttentionProblem problem, int[] slots, ForwardBuffers buffers) {
        guarded(device -> {
            Windows windows = new Windows(device, problem, buffers);
            for (int row = 0; row < slots.length; row++) {
                if (slots[row] < 0) {
                    zeros(problem, row, buffers.output());
                } else if (device.hasSteps() && problem.length(row) == 1) {
                    windows.add(row, slots[row], true);
                }
            }
            windows.run();
            for (int row = 0; row < slots.length; row++) {
                if (slots[row] >= 0 && !(device.hasSteps() && problem.length(row) == 1)) {
                    windows.add(row, slots[row], false);
                }
            }
            windows.run();
        });
    }

    /** The windows of a call, one after another. */
    private final class Windows {
        private final DevicePool device;
        private final AttentionProblem problem;
        private final ForwardBuffers buffers;
        private @Nullable PoolWindow window;
        private boolean begun;

        Windows(DevicePool device, AttentionProblem problem, ForwardBuffers buffers) {
            this.device = device;
            this.problem = problem;
            this.buffers = buffers;
        }

        /** Adds a row, and runs what is full. */
        void add(int row, int slot, boolean step) {
            long tokens = problem.length(row);
            for (long from = 0; from < tokens; ) {
                PoolWindow into = window;
                if (into == null) {
                    into = new PoolWindow(problem, shape, step);
                    window = into;
                }
                from += into.add(row, slot, rings[slot], from, tokens - from);
                if (from < tokens) {
                    run();
                }
            }
        }

        /** Runs what has been added. */
        void run() {
            PoolWindow full = window;
            window = null;
            if (full == null || full.isEmpty()) {
                return;
            }
            if (begun) {
                DeviceLock.look();
            }
            device.append(full, problem, buffers);
            full.advance();
            begun = true;
        }
    }

    private static void zeros(AttentionProblem problem, int row, TensorMemory output) {
        int dim = problem.config().valueDim();
        long size = problem.outputType().bytes();
        long stride = output.step(problem.rowStride(dim));
        for (int h = 0; h < problem.config().heads(); h++) {
            long at = output.at(problem.rowOffset(row, h, dim));
            for (long t = 0; t < problem.length(row); t++) {
                output.segment().asSlice((at + t * stride) * size, dim * size).fill((byte) 0);
            }
        }
    }

    @Override
    public void close() {
        DevicePool device = there;
        there = null;
        if (device != null) {
            DeviceLock.run(() -> pool.giveBack(device));
        }
    }
}
