package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.DType;
import io.github.lightning4j.spi.TensorMemory;
import io.github.lightning4j.tornado.kernels.Receipts;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.memory.DeviceArrays;
import io.github.lightning4j.tornado.memory.Window;
import io.github.lightning4j.tornado.tasks.ForwardTasks;
import io.github.lightning4j.tornado.tasks.PlanKey;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/** q, k and v of a plan. */
final class StagedInputs {
    private final int numbersSeal = Seals.next();
    private final @Nullable FloatArray numbers;
    private final StagedRows q;
    private final StagedRows k;
    private final StagedRows v;

    /** Allocates the arrays. */
    StagedInputs(PlanKey key, DeviceArrays arrays) {
        DType type = key.inputType();
        int keyDim = key.config().keyDim();
        numbers = type == DType.F32 ? null : arrays.sealed(StagedRows.numbers(type), numbersSeal);
        q = new StagedRows("q", key.rows(), keyDim, type, numbers, arrays);
        k = new StagedRows("k", key.rows(), keyDim, type, numbers, arrays);
        v = new StagedRows("v", key.rows(), key.config().valueDim(), type, numbers, arrays);
    }

    /** Queries on the device. */
    FloatArray q() {
        return q.floats();
    }

    /** Keys on the device. */
    FloatArray k() {
        return k.floats();
    }

    /** Values on the device. */
    FloatArray v() {
        return v.floats();
    }

    /** The arrays of a pass: these, the outputs and the states. */
    ForwardTasks.Arrays arrays(FloatArray o, FloatArray state) {
        return new ForwardTasks.Arrays(q(), k(), v(), o, state);
    }

    /** The float of each pattern of 16 bits; null where inputs are floats. */
    @Nullable FloatArray numbers() {
        return numbers;
    }

    /** Adds the transfers, and the tasks that widen 16-bit numbers. */
    void addTo(TaskGraph graph, IntArray table, Receipts receipts) {
        if (numbers != null) {
            graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, numbers);
            receipts.expectSeal(Seals.NUMBERS, numbersSeal);
        }
        q.addTo(graph, "widenQ", table, receipts);
        k.addTo(graph, "widenK", table, receipts);
        v.addTo(graph, "widenV", table, receipts);
        receipts.expectSeal(Seals.Q);
        receipts.expectSeal(Seals.K);
        receipts.expectSeal(Seals.V);
    }

    /**
     * Adds the task that reports the seals and puts one on a result.
     *
     * @param result H rows of E for each token
     */
    void addSeals(TaskGraph graph, FloatArray result, Receipts receipts) {
        IntArray left = receipts.left();
        ShortArray qBits = q.bits();
        ShortArray kBits = k.bits();
        ShortArray vBits = v.bits();
        if (qBits == null || kBits == null || vBits == null) {
            graph.task("seals", Seals::floats, q(), k(), v(), result, q.size(), v.size(), left);
        } else {
            graph.task(
                    "seals", Seals::shorts, qBits, kBits, vBits, result, q.size(), v.size(), left);
        }
    }

    /**
     * Copies rows into the arrays that are copied to the device.
     *
     * @param window which rows
     * @param seal the number of this run
     */
    void stage(Window window, TensorMemory q, TensorMemory k, TensorMemory v, int seal) {
        this.q.stage(window.runs(), q, seal);
        this.k.stage(window.runs(), k, seal);
        this.v.stage(window.runs(), v, seal);
    }
}
