package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.tornado.kernels.Receipts;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.kernels.TensorForwards;
import io.github.lightning4j.tornado.kernels.TensorSeals;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * One run of the kernel on tensor cores, in which a group has a head of a sequence and 64 columns of
 * the values.
 *
 * @param task its name
 * @param table a {@link io.github.lightning4j.tornado.kernels.TensorTable}
 * @param powers of λ
 * @param queries rows as wide as those of the keys
 * @param outputs rows as wide as those of the values
 * @param states from initial to final, with room for a {@linkplain Seals seal}
 * @param before where the initial ones are kept, with room for a seal
 */
record TensorPass(
        String task,
        IntArray table,
        Powers powers,
        TensorRows queries,
        TensorRows keys,
        TensorRows values,
        TensorRows outputs,
        States states,
        FloatArray before) {
    private static final int THREADS = 256;

    /** A {@link io.github.lightning4j.tornado.kernels.TensorDecay} and the seal behind it. */
    record Powers(FloatArray decay, int seal) {}

    /**
     * Of every sequence and head.
     *
     * @param name in errors, where they come from the host before each run; else nothing
     * @param transposed whether a row of theirs is one of values, and not one of keys
     */
    record States(FloatArray array, String name, boolean transposed) {}

    /** Adds the task, its grid and what it must leave. */
    void addTo(TaskGraph graph, TaskGrids grids, TensorShape shape, Receipts receipts) {
        int receipt = receipts.expect(task, THREADS);
        int seals = receipts.reserve(TensorSeals.PLACES);
        receipts.expectSeal(queries.name(), seals + TensorSeals.QUERIES);
        receipts.expectSeal(keys.name(), seals + TensorSeals.KEYS);
        receipts.expectSeal(values.name(), seals + TensorSeals.VALUES);
        receipts.expectSeal("the powers of λ", seals + TensorSeals.DECAY, powers.seal);
        if (!states.name.isEmpty()) {
            receipts.expectSeal(states.name, seals + TensorSeals.STATES);
        }
        int heads = shape.config().heads();
        boolean small = TensorKey.depth(keys.dim()) < TensorKey.MAX_DIM;
        HalfFloatArray halves = values.halves();
        if (halves == null) {
            graph.task(
                    grids.name(task),
                    small ? TensorForwards::bf16x64 : TensorForwards::bf16x128,
                    new KernelContext(),
                    table,
                    queries.asRows(),
                    keys.asRows(),
                    values.asRows(),
                    powers.decay,
                    states.array,
                    before,
                    outputs.asRows(),
                    heads,
                    keys.dim(),
                    values.dim(),
                    states.transposed ? 1 : 0,
                    shape.pass().sequences(),
                    shape.pass().rows(),
                    seals,
                    receipt,
                    receipts.left());
        } else {
            graph.task(
                    grids.name(task),
                    small ? TensorForwards::f16x64 : TensorForwards::f16x128,
                    new KernelContext(),
                    table,
                    queries.asRows(),
                    keys.asRows(),
                    halves,
                    powers.decay,
                    states.array,
                    before,
                    outputs.asRows(),
                    heads,
                    keys.dim(),
                    values.dim(),
                    states.transposed ? 1 : 0,
                    shape.pass().sequences(),
                    shape.pass().rows(),
                    seals,
                    receipt,
                    receipts.left());
        }
        int groups = shape.pass().sequences() * TensorKey.groups(heads, values.dim());
        grids.groups(task, groups, THREADS);
    }
}
