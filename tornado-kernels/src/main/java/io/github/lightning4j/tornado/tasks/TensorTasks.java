package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.DType;
import io.github.lightning4j.tornado.kernels.Receipts;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.kernels.TensorDecay;
import io.github.lightning4j.tornado.kernels.TensorForwards;
import io.github.lightning4j.tornado.kernels.TensorTable;
import io.github.lightning4j.tornado.memory.DeviceArrays;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.LongArray;

import java.lang.foreign.MemorySegment;

/**
 * The task of a forward pass on tensor cores, its arrays and its grid: one kernel, in which a group
 * has a head of a sequence and 64 columns of V. The arrays of rows hold 16-bit numbers, four in a
 * long, from {@link TensorTable#FIRST} on.
 */
public final class TensorTasks {
    private static final String TASK = "tensorForward";
    private static final int THREADS = 256;

    private final TensorKey key;
    private final IntArray table;
    private final Receipts receipts;
    private final FloatArray decay;
    private final LongArray q;
    private final LongArray k;
    private final Values v;
    private final LongArray o;
    private final FloatArray before;

    /** The rows of v, in the type that the kernel of their dtype takes. */
    private sealed interface Values {
        /** Bytes of the array, without its header. */
        MemorySegment segment();

        /** bfloat16. */
        record Longs(LongArray array) implements Values {
            @Override
            public MemorySegment segment() {
                return array.getSegment();
            }
        }

        /** Half precision. */
        record Halves(HalfFloatArray array) implements Values {
            @Override
            public MemorySegment segment() {
                return array.getSegment();
            }
        }
    }

    /** Allocates the arrays. */
    public TensorTasks(TensorKey key, DeviceArrays arrays) {
        this.key = key;
        int keyDim = key.config().keyDim();
        int valueDim = key.config().valueDim();
        table = arrays.ints(TensorTable.size(key.pass().sequences()));
        receipts = new Receipts(arrays.ints(Receipts.ROOM));
        int seal = Seals.next();
        decay = arrays.sealed(TensorDecay.of(key.config().slopes(), key.config().scale()), seal);
        receipts.expectSeal(Seals.DECAY, seal);
        receipts.expectSeal(Seals.Q);
        receipts.expectSeal(Seals.K);
        receipts.expectSeal(Seals.V);
        q = arrays.longs(key.longs(keyDim));
        k = arrays.longs(key.longs(keyDim));
        v =
                isHalf()
                        ? new Values.Halves(arrays.halves(4 * key.longs(valueDim)))
                        : new Values.Longs(arrays.longs(key.longs(valueDim)));
        o = arrays.longs(key.longs(valueDim));
        before = arrays.floats(key.pass().stateElements() + 1);
    }

    private boolean isHalf() {
        return key.pass().inputType() == DType.F16;
    }

    /** The {@link TensorTable}. */
    public IntArray table() {
        return table;
    }

    /** What the last run left. */
    public Receipts receipts() {
        return receipts;
    }

    /** The bytes of q. */
    public MemorySegment q() {
        return q.getSegment();
    }

    /** The bytes of k. */
    public MemorySegment k() {
        return k.getSegment();
    }

    /** The bytes of v. */
    public MemorySegment v() {
        return v.segment();
    }

    /** The bytes of o. */
    public MemorySegment o() {
        return o.getSegment();
    }

    /** The states before the last run [R, H, D, E], unless they were zero; then a seal. */
    public FloatArray before() {
        return before;
    }

    /**
     * Adds the task and the transfers of everything but the states.
     *
     * @param state [R, H, D, E], from initial to final, with room for a {@linkplain Seals seal}
     */
    public void addTo(TaskGraph graph, TaskGrids grids, FloatArray state) {
        Object values =
                switch (v) {
                    case Values.Longs(LongArray array) -> array;
                    case Values.Halves(HalfFloatArray array) -> array;
                };
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, decay, receipts.left(), before, o)
                .transferToDevice(DataTransferMode.EVERY_EXECUTION, table, q, k, values);
        int receipt = receipts.expect(TASK, THREADS);
        boolean small = TensorKey.depth(key.config()) < TensorKey.MAX_DIM;
        switch (v) {
            case Values.Longs(LongArray array) ->
                    graph.task(
                            grids.name(TASK),
                            small ? TensorForwards::bf16x64 : TensorForwards::bf16x128,
                            new KernelContext(),
                            table,
                            q,
                            k,
                            array,
                            decay,
                            state,
                            before,
                            o,
                            key.config().heads(),
                            key.config().keyDim(),
                            key.config().valueDim(),
                            key.pass().sequences(),
                            key.pass().rows(),
                            receipt,
                            receipts.left());
            case Values.Halves(HalfFloatArray array) ->
                    graph.task(
                            grids.name(TASK),
                            small ? TensorForwards::f16x64 : TensorForwards::f16x128,
                            new KernelContext(),
                            table,
                            q,
                            k,
                            array,
                            decay,
                            state,
                            before,
                            o,
                            key.config().heads(),
                            key.config().keyDim(),
                            key.config().valueDim(),
                            key.pass().sequences(),
                            key.pass().rows(),
                            receipt,
                            receipts.left());
        }
        grids.groups(TASK, key.pass().sequences() * TensorKey.groups(key.config()), THREADS);
        graph.transferToHost(DataTransferMode.EVERY_EXECUTION, o, receipts.left());
        graph.transferToHost(DataTransferMode.UNDER_DEMAND, before);
    }
}
