package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.DType;
import io.github.lightning4j.spi.TensorMemory;
import io.github.lightning4j.tornado.kernels.FeatureKernels;
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

/**
 * The rows of one input of a plan: moved to the device in their own dtype, widened to floats there.
 * A {@linkplain Seals seal} follows the last row.
 */
final class StagedRows {
    private final int dim;
    private final int size;
    private final DType type;
    private final FloatArray floats;
    private final @Nullable Narrow narrow;

    /** The rows in 16 bits, and the float of each of the 65536 patterns. */
    private record Narrow(ShortArray bits, FloatArray numbers) {}

    /**
     * Allocates the arrays.
     *
     * @param name of the tensor
     * @param numbers {@link #numbers} of a type of 16 bits; null: the type is F32
     */
    StagedRows(
            String name,
            int rows,
            int dim,
            DType type,
            @Nullable FloatArray numbers,
            DeviceArrays arrays) {
        this.dim = dim;
        this.type = type;
        size = rows * dim;
        floats = numbers == null ? arrays.floats(name, size + 1) : arrays.floats(size + 1);
        narrow = numbers == null ? null : new Narrow(arrays.shorts(name, size + 1), numbers);
    }

    /** The float of each pattern of 16 bits. */
    static float[] numbers(DType type) {
        float[] numbers = new float[1 << 16];
        for (int bits = 0; bits < numbers.length; bits++) {
            numbers[bits] =
                    type == DType.F16
                            ? Float.float16ToFloat((short) bits)
                            : DType.bFloat16ToFloat((short) bits);
        }
        return numbers;
    }

    /** The rows on the device, with their seal if they were copied as floats. */
    FloatArray floats() {
        return floats;
    }

    /**
     * The rows as they were copied in 16 bits, with their seal; null if they were copied as floats.
     */
    @Nullable ShortArray bits() {
        return narrow == null ? null : narrow.bits();
    }

    /** Elements before the seal. */
    int size() {
        return size;
    }

    /**
     * Adds the transfer, and the task that widens 16-bit numbers.
     *
     * @param task the name of that task
     * @param table has the ticket of a run
     */
    void addTo(TaskGraph graph, String task, IntArray table, Receipts receipts) {
        if (narrow == null) {
            graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, floats);
            return;
        }
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, floats)
                .transferToDevice(DataTransferMode.EVERY_EXECUTION, narrow.bits())
                .task(
                        task,
                        FeatureKernels::widen,
                        narrow.bits(),
                        narrow.numbers(),
                        floats,
                        size,
                        table,
                        receipts.left(),
                        receipts.expect(task, 0));
    }

    /**
     * Copies rows into the array that is copied to the device.
     *
     * @param runs which rows
     * @param seal the number of this run
     */
    void stage(List<Window.Run> runs, TensorMemory source, int seal) {
        if (narrow == null) {
            MemorySegment target = floats.getSegment();
            HostRows.in(runs, source, target, dim, type.bytes());
            target.setAtIndex(ValueLayout.JAVA_FLOAT, size, seal);
        } else {
            MemorySegment target = narrow.bits().getSegment();
            HostRows.in(runs, source, target, dim, type.bytes());
            target.setAtIndex(ValueLayout.JAVA_SHORT, size, (short) seal);
        }
    }
}
