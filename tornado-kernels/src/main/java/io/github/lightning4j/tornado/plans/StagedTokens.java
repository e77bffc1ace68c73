package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.spi.TensorMemory;
import io.github.lightning4j.tornado.kernels.KernelFamily;
import io.github.lightning4j.tornado.kernels.PoolRows;
import io.github.lightning4j.tornado.kernels.PoolTable;
import io.github.lightning4j.tornado.kernels.Receipts;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.memory.DeviceArrays;
import io.github.lightning4j.tornado.memory.HostRows;
import io.github.lightning4j.tornado.memory.Window;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;

/**
 * q, k and v of the tokens of a run, moved to the device in one copy: in their own dtype where that
 * saves more than one more kernel takes, and otherwise widened to floats before.
 */
final class StagedTokens {
    /** Tokens from which on 16 bits are widened on the device. */
    private static final int MANY = 64;

    /** The dtypes of 16 bits, in the order of their numbers. */
    private static final List<DType> NARROW = List.of(DType.F16, DType.BF16);

    private final int rows;
    private final int keyDim;
    private final int valueDim;
    private final FloatArray floats;
    private final @Nullable Narrow narrow;

    /** The rows in 16 bits, and what they are widened with. */
    private record Narrow(ShortArray bits, Numbers numbers) {}

    /**
     * The float of each pattern of 16 bits, of one dtype behind the other.
     *
     * @param floats as the kernel has them
     * @param seal behind them
     */
    record Numbers(FloatArray floats, int seal) {
        /** Allocates and fills the array. */
        static Numbers allocate(DeviceArrays arrays) {
            float[] all = new float[NARROW.size() * PoolRows.PATTERNS];
            for (DType type : NARROW) {
                int at = NARROW.indexOf(type) * PoolRows.PATTERNS;
                System.arraycopy(StagedRows.numbers(type), 0, all, at, PoolRows.PATTERNS);
            }
            int seal = Seals.next();
            return new Numbers(arrays.sealed(all, seal), seal);
        }
    }

    /**
     * Allocates the arrays.
     *
     * @param tokens the most that there are
     * @param hasBits whether those of 16 bits are moved as they are
     */
    StagedTokens(
            AttentionConfig config,
            int tokens,
            boolean hasBits,
            Numbers numbers,
            DeviceArrays arrays) {
        rows = tokens * config.heads();
        keyDim = config.keyDim();
        valueDim = config.valueDim();
        floats = arrays.floats(size() + 1);
        narrow = hasBits ? new Narrow(arrays.shorts(size() + 1), numbers) : null;
    }

    /**
     * Whether so many tokens are moved in 16 bits, if they come so. Not where plain loops suit a
     * device: it compiles for longer than it copies.
     */
    static boolean hasBits(KernelFamily family, int tokens) {
        return family != KernelFamily.LOOPS && tokens >= MANY;
    }

    /** The rows on the device, as {@link PoolRows} says. */
    FloatArray floats() {
        return floats;
    }

    private int size() {
        return PoolRows.seal(rows, keyDim, valueDim);
    }

    /** Adds the transfer of floats. */
    void addFloats(TaskGraph graph, Receipts receipts) {
        graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, floats);
        receipts.expectSeal(Seals.ROWS);
    }

    /** Adds the transfer of 16-bit numbers, and the task that widens them. */
    void addBits(TaskGraph graph, IntArray table, Receipts receipts) {
        Narrow there = Objects.requireNonNull(narrow);
        ShortArray bits = there.bits();
        Numbers numbers = there.numbers();
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, floats, numbers.floats())
                .transferToDevice(DataTransferMode.EVERY_EXECUTION, bits)
                .task(
                        "widen",
                        PoolRows::widen,
                        table,
                        bits,
                        numbers.floats(),
                        floats,
                        NARROW.size() * PoolRows.PATTERNS,
                        size(),
                        receipts.expect("widen", 0),
                        receipts.left());
        receipts.expectSeal(Seals.NUMBERS, numbers.seal());
        receipts.expectSeal(Seals.ROWS);
    }

    /** Adds the task that reports the seal of the rows and puts one on the outputs. */
    void addSeals(TaskGraph graph, FloatArray o, Receipts receipts) {
        graph.task("seals", PoolRows::seals, floats, o, size(), rows * valueDim, receipts.left());
    }

    /**
     * Copies rows into the array that is copied to the device.
     *
     * @param runs which rows
     * @param type dtype of q, k and v
     * @param table is told how to widen them
     * @param seal the number of this run
     */
    void stage(
            List<Window.Run> runs, ForwardBuffers buffers, DType type, IntArray table, int seal) {
        Narrow there = type == DType.F32 ? null : narrow;
        DType staged = there == null ? DType.F32 : type;
        MemorySegment target;
        if (there == null) {
            target = floats.getSegment();
            target.setAtIndex(ValueLayout.JAVA_FLOAT, size(), seal);
        } else {
            target = there.bits().getSegment();
            target.setAtIndex(ValueLayout.JAVA_SHORT, size(), (short) seal);
            table.set(PoolTable.NUMBERS, NARROW.indexOf(type) * PoolRows.PATTERNS);
        }
        copy(runs, buffers.q(), type, target, staged, 0, keyDim);
        copy(runs, buffers.k(), type, target, staged, PoolRows.keys(rows, keyDim), keyDim);
        copy(runs, buffers.v(), type, target, staged, PoolRows.values(rows, keyDim), valueDim);
    }

    private static void copy(
            List<Window.Run> runs,
            TensorMemory source,
            DType type,
            MemorySegment target,
            DType staged,
            long at,
            int dim) {
        MemorySegment rows = target.asSlice(at * staged.bytes());
        if (staged == type) {
            HostRows.in(runs, source, rows, dim, type.bytes());
        } else {
            HostRows.widen(runs, source, rows, dim, type);
        }
    }
}
