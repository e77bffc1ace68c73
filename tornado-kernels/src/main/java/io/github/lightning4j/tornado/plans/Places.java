package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BlockRing;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.spi.SlotBuffers;
import io.github.lightning4j.spi.TensorMemory;
import io.github.lightning4j.tornado.devices.DeviceLock;
import io.github.lightning4j.tornado.kernels.PoolTable;
import io.github.lightning4j.tornado.memory.HostScratch;
import io.github.lightning4j.tornado.tasks.PlanKey;
import io.github.lightning4j.tornado.tasks.PoolShape;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/**
 * Slots of a pool, or of a session: what is in which place.
 *
 * <p>Used by one thread at a time.
 */
public final class Places implements AutoCloseable {
    private final SlotBank bank;

    /** Where each slot is in the bank. */
    private final int[] slots;

    private final BlockRing[] rings;
    private boolean closed;

    private Places(SlotBank bank, int count, int rollback) {
        this.bank = bank;
        slots = bank.take(count);
        rings = new BlockRing[count];
        for (int i = 0; i < count; i++) {
            rings[i] = new BlockRing(PoolTable.TOKENS, rollback);
        }
    }

    /** Allocates the places of a pool's slots. */
    public static Places open(PlanPool pool, PoolShape shape, int rollback) {
        return DeviceLock.with(
                () -> new Places(new SlotBank(pool, shape), shape.slots(), rollback));
    }

    /** Takes a slot for each sequence of a session; what is in them is not known. */
    static Places ofSession(SessionBanks banks, AttentionConfig config, int sequences) {
        return DeviceLock.with(() -> {
            SlotBank bank = banks.withRoom(config, sequences);
            return new Places(bank, sequences, 0);
        });
    }

    /** What is known of a slot. */
    public BlockRing ring(int slot) {
        return rings[slot];
    }

    private void guarded(SlotBank.Work work) {
        bank.guarded(work);
    }

    private int place(int slot, int block) {
        return PoolWindow.place(bank.shape(), slots[slot], block);
    }

    /** A slot continues from float32 [H, D, E] after so many tokens; null: zeros. */
    public void restart(int slot, @Nullable MemorySegment source, long tokens) {
        guarded(device -> device.write(place(slot, 0), source));
        rings[slot].restart(tokens);
    }

    /** Makes one slot the same as another. */
    public void copy(int from, int to) {
        move(from, this, to);
    }

    /** Makes a slot the same as one of the same bank. */
    private void move(int from, Places target, int to) {
        BlockRing ring = rings[from];
        guarded(device -> {
            for (int back = 0; back <= ring.kept(); back++) {
                int block = ring.after(ring.current(), -back);
                int next = ring.after(block, 1);
                int tokens = back == 0 ? ring.rows() : (int) (ring.first(next) - ring.first(block));
                device.move(place(from, block), target.place(to, block), tokens);
            }
        });
        target.rings[to].set(ring);
    }

    /** Slots for another session, which go on from here: a copy on the device within a bank. */
    Places fork(SessionBanks banks, AttentionConfig config) {
        return DeviceLock.with(() -> {
            Places copy = ofSession(banks, config, slots.length);
            try {
                for (int slot = 0; slot < slots.length; slot++) {
                    if (copy.bank == bank) {
                        move(slot, copy, slot);
                    } else {
                        carry(slot, copy, config, banks.pool().scratch());
                    }
                }
            } catch (RuntimeException | Error e) {
                copy.close();
                throw e;
            }
            return copy;
        });
    }

    /** Makes a slot of another bank the same, through the host. */
    private void carry(int slot, Places copy, AttentionConfig config, HostScratch scratch) {
        BlockRing ring = rings[slot];
        long state = PlanKey.stateBytes(config);
        long row = (long) config.heads() * ring.rows() * Float.BYTES;
        long keys = row * config.keyDim();
        long values = row * config.valueDim();
        scratch.with(
                state + keys + values,
                memory -> {
                    SlotBuffers buffers =
                            new SlotBuffers(
                                    memory.asSlice(0, state),
                                    memory.asSlice(state, keys),
                                    memory.asSlice(state + keys, values));
                    snapshot(slot, buffers);
                    copy.restore(slot, ring.first(), ring.rows(), buffers);
                });
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
     * @param named the slot of each row of the call; −1: its output becomes 0
     * @throws io.github.lightning4j.AttentionInterruptedException if the thread was interrupted and
     *     more than one window is needed; then those before are in the slots
     */
    public void append(AttentionProblem problem, int[] named, ForwardBuffers buffers) {
        guarded(device -> {
            Windows windows = new Windows(device, problem, buffers);
            for (int row = 0; row < named.length; row++) {
                if (named[row] < 0) {
                    zeros(problem, row, buffers.output());
                } else if (device.hasSteps() && problem.length(row) == 1) {
                    windows.add(row, named[row], true);
                }
            }
            windows.run();
            for (int row = 0; row < named.length; row++) {
                if (named[row] >= 0 && !(device.hasSteps() && problem.length(row) == 1)) {
                    windows.add(row, named[row], false);
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
                    into = new PoolWindow(problem, bank.shape(), step);
                    window = into;
                }
                from += into.add(row, slots[slot], rings[slot], from, tokens - from);
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
        DeviceLock.run(() -> {
            if (!closed) {
                closed = true;
                bank.giveBack(slots);
            }
        });
    }
}
