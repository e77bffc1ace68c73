package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.tornado.kernels.Receipts;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.kernels.TensorKernels;
import io.github.lightning4j.tornado.kernels.TensorSeals;
import io.github.lightning4j.tornado.memory.DeviceArrays;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/**
 * One pass of the kernel on tensor cores, in which a group has a head of a sequence and 64 columns
 * of the values. Where sequences are cut into pieces, so that few heads keep the device busy,
 * {@link TensorStateTasks} come before it.
 *
 * @param task its name
 * @param pieces where rows are
 * @param powers of λ
 * @param queries rows as wide as those of the keys
 * @param outputs rows as wide as those of the values
 * @param states from initial to final, with room for a {@linkplain Seals seal}
 * @param before where the initial ones are kept, with room for a seal
 * @param local where sequences are cut
 */
record TensorPass(
        String task,
        TensorPieces pieces,
        TensorPowers powers,
        TensorRows queries,
        TensorRows keys,
        TensorRows values,
        TensorRows outputs,
        TensorStates states,
        FloatArray before,
        @Nullable Local local) {
    /**
     * States of pieces, each with room for a seal.
     *
     * @param states what a piece adds, and then from the state before it to that after it
     * @param before where the kernel keeps the former; an array of its own, because TornadoVM does
     *     not finish the graph of a task that has the same one twice
     */
    record Local(FloatArray states, FloatArray before) {
        /** Allocates them; null where nothing is cut. */
        static @Nullable Local allocate(TensorShape shape, DeviceArrays arrays) {
            if (!shape.isCut()) {
                return null;
            }
            int floats = Math.toIntExact(shape.localStates() + 1);
            return new Local(arrays.floats(floats), arrays.floats(floats));
        }

        void addTransfers(TaskGraph graph) {
            graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, states, before);
        }
    }

    /** Adds the tasks, their grids and what they must leave. */
    void addTo(TaskGraph graph, TaskGrids grids, TensorShape shape, Receipts receipts) {
        TensorPieces.Scan scan = pieces.scan();
        if (scan == null || local == null) {
            int seals = addFused(graph, grids, shape, receipts, states.array(), before);
            if (!states.name().isEmpty()) {
                receipts.expectSeal(states.name(), seals + TensorSeals.STATES);
            }
            return;
        }
        new TensorStateTasks(
                        task,
                        pieces,
                        scan,
                        powers,
                        keys,
                        values,
                        states,
                        true,
                        before,
                        local.states)
                .addTo(graph, grids, shape, receipts);
        addFused(graph, grids, shape, receipts, local.states, local.before);
    }

    /** Returns where it reports seals. */
    private int addFused(
            TaskGraph graph,
            TaskGrids grids,
            TensorShape shape,
            Receipts receipts,
            FloatArray state,
            FloatArray kept) {
        int receipt = receipts.expect(task, TensorGroups.THREADS);
        int seals = receipts.reserve(TensorSeals.PLACES);
        receipts.expectSeal(queries.name(), seals + TensorSeals.QUERIES);
        receipts.expectSeal(keys.name(), seals + TensorSeals.KEYS);
        receipts.expectSeal(values.name(), seals + TensorSeals.VALUES);
        receipts.expectSeal("the powers of λ", seals + TensorSeals.DECAY, powers.seal());
        HalfFloatArray halves = values.halves();
        if (halves == null) {
            graph.task(
                    grids.name(task),
                    TensorGroups.isSmall(keys) ? TensorKernels::bf16x64 : TensorKernels::bf16x128,
                    new KernelContext(),
                    pieces.table(),
                    queries.asRows(),
                    keys.asRows(),
                    values.asRows(),
                    powers.decay(),
                    state,
                    kept,
                    outputs.asRows(),
                    shape.config().heads(),
                    keys.dim(),
                    values.dim(),
                    states.isTransposed(),
                    shape.pieces(),
                    shape.pass().rows(),
                    seals,
                    receipt,
                    receipts.left());
        } else {
            graph.task(
                    grids.name(task),
                    TensorGroups.isSmall(keys) ? TensorKernels::f16x64 : TensorKernels::f16x128,
                    new KernelContext(),
                    pieces.table(),
                    queries.asRows(),
                    keys.asRows(),
                    halves,
                    powers.decay(),
                    state,
                    kept,
                    outputs.asRows(),
                    shape.config().heads(),
                    keys.dim(),
                    values.dim(),
                    states.isTransposed(),
                    shape.pieces(),
                    shape.pass().rows(),
                    seals,
                    receipt,
                    receipts.left());
        }
        TensorGroups.addGrid(grids, shape, task, values);
        return seals;
    }
}
