package io.github.lightning4j.tornado;

import io.github.lightning4j.DType;

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
 * q, k and v of a plan: moved to the device in their own dtype, widened to floats there. Each has a
 * {@linkplain Seals seal}.
 */
final class StagedInputs {
    private final PlanKey key;
    private final int keys;
    private final int values;
    private final FloatArray q;
    private final FloatArray k;
    private final FloatArray v;
    private final @Nullable Narrow narrow;

    /** Inputs of 16 bits, and the float of each of the 65536 patterns. */
    private record Narrow(ShortArray q, ShortArray k, ShortArray v, FloatArray numbers) {}

    /** Allocates them. */
    StagedInputs(PlanKey key, DeviceArrays arrays) {
        this.key = key;
        keys = key.rows() * key.config().keyDim();
        values = key.rows() * key.config().valueDim();
        q = arrays.floats(keys + 1);
        k = arrays.floats(keys + 1);
        v = arrays.floats(values + 1);
        narrow =
                key.inputType() == DType.F32
                        ? null
                        : new Narrow(
                                arrays.shorts(keys + 1),
                                arrays.shorts(keys + 1),
                                arrays.shorts(values + 1),
                                arrays.floats(numbers(key.inputType())));
    }

    private static float[] numbers(DType type) {
        float[] numbers = new float[1 << 16];
        for (int bits = 0; bits < numbers.length; bits++) {
            numbers[bits] =
                    type == DType.F16
                            ? Float.float16ToFloat((short) bits)
                            : DType.bFloat16ToFloat((short) bits);
        }
        return numbers;
    }

    /** Queries on the device. */
    FloatArray q() {
        return q;
    }

    /** Keys on the device. */
    FloatArray k() {
        return k;
    }

    /** Values on the device. */
    FloatArray v() {
        return v;
    }

    /** Adds the transfers and what widens them. */
    void addTo(TaskGraph graph, IntArray table, IntArray receipts) {
        if (narrow == null) {
            graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, q, k, v);
            return;
        }
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, narrow.numbers(), q, k, v)
                .transferToDevice(
                        DataTransferMode.EVERY_EXECUTION, narrow.q(), narrow.k(), narrow.v());
        widen(graph, "widenQ", narrow.q(), q, keys, table, receipts, Receipts.WIDEN_Q);
        widen(graph, "widenK", narrow.k(), k, keys, table, receipts, Receipts.WIDEN_K);
        widen(graph, "widenV", narrow.v(), v, values, table, receipts, Receipts.WIDEN_V);
    }

    private void widen(
            TaskGraph graph,
            String task,
            ShortArray bits,
            FloatArray x,
            int size,
            IntArray table,
            IntArray receipts,
            int receipt) {
        FloatArray numbers = Objects.requireNonNull(narrow).numbers();
        graph.task(task, InputKernels::widen, bits, numbers, x, size, table, receipts, receipt);
    }

    /** Adds what reports the seals and puts one on o. */
    void addSeals(TaskGraph graph, FloatArray o, IntArray receipts) {
        if (narrow == null) {
            graph.task("seals", Seals::floats, q, k, v, o, keys, values, receipts);
        } else {
            graph.task(
                    "seals",
                    Seals::shorts,
                    narrow.q(),
                    narrow.k(),
                    narrow.v(),
                    o,
                    keys,
                    values,
                    receipts);
        }
    }

    /**
     * Copies rows to where they leave for the device from.
     *
     * @param window which
     * @param seal the number of this run
     */
    void stage(Window window, MemorySegment q, MemorySegment k, MemorySegment v, int seal) {
        stage(window, q, narrow == null ? null : narrow.q(), this.q, keys, seal);
        stage(window, k, narrow == null ? null : narrow.k(), this.k, keys, seal);
        stage(window, v, narrow == null ? null : narrow.v(), this.v, values, seal);
    }

    private void stage(
            Window window,
            MemorySegment source,
            @Nullable ShortArray shorts,
            FloatArray floats,
            int size,
            int seal) {
        int rowBytes = size / key.rows() * key.inputType().bytes();
        List<Window.Run> runs = window.runs();
        if (shorts == null) {
            MemorySegment target = floats.getSegment();
            HostRows.in(runs, source, target, rowBytes);
            target.setAtIndex(ValueLayout.JAVA_FLOAT, size, seal);
        } else {
            MemorySegment target = shorts.getSegment();
            HostRows.in(runs, source, target, rowBytes);
            target.setAtIndex(ValueLayout.JAVA_SHORT, size, (short) seal);
        }
    }

    /** Adds what the receipts of a run must say. */
    void expect(int[] receipts, int ticket) {
        if (narrow != null) {
            receipts[Receipts.WIDEN_Q] = ticket;
            receipts[Receipts.WIDEN_K] = ticket;
            receipts[Receipts.WIDEN_V] = ticket;
        }
        receipts[Receipts.SEAL_Q] = Seals.of(ticket);
        receipts[Receipts.SEAL_K] = Seals.of(ticket);
        receipts[Receipts.SEAL_V] = Seals.of(ticket);
    }
}
