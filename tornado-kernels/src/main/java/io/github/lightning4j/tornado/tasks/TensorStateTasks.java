package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.tornado.kernels.Receipts;
import io.github.lightning4j.tornado.kernels.TensorKernels;
import io.github.lightning4j.tornado.kernels.TensorScan;
import io.github.lightning4j.tornado.kernels.TensorSeals;
import io.github.lightning4j.tornado.kernels.Tile;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/**
 * The tasks on tensor cores that find states without outputs, from those of pieces of sequences:
 *
 * <pre>
 *   …States   what each piece adds to the state
 *   …Scan     the states before each piece, and the final states
 * </pre>
 *
 * @param task what their names begin with
 * @param pieces where rows are
 * @param scan which pieces are those of a sequence
 * @param powers of λ
 * @param states from initial to final, with room for a {@linkplain
 *     io.github.lightning4j.tornado.kernels.Seals seal}
 * @param keeps whether the states before sequences and pieces are kept
 * @param before where the former are then, with room for a seal
 * @param added of pieces: what each adds, and then the state before it, if it is kept; with room
 *     for a seal
 */
record TensorStateTasks(
        String task,
        TensorPieces pieces,
        TensorPieces.Scan scan,
        TensorPowers powers,
        TensorRows keys,
        TensorRows values,
        TensorStates states,
        boolean keeps,
        FloatArray before,
        FloatArray added) {

    /** Adds the tasks, their grids and what they must leave. */
    void addTo(TaskGraph graph, TaskGrids grids, TensorShape shape, Receipts receipts) {
        addStates(graph, grids, shape, receipts);
        addScan(graph, grids, shape, receipts);
    }

    private void addStates(TaskGraph graph, TaskGrids grids, TensorShape shape, Receipts receipts) {
        String name = task + "States";
        int receipt = receipts.expect(name, TensorGroups.THREADS);
        int seals = receipts.reserve(TensorSeals.PLACES);
        receipts.expectSeal(keys.name(), seals + TensorSeals.KEYS);
        receipts.expectSeal(values.name(), seals + TensorSeals.VALUES);
        receipts.expectSeal("the powers of λ", seals + TensorSeals.DECAY, powers.seal());
        boolean small = TensorGroups.isSmall(keys);
        HalfFloatArray halves = values.halves();
        if (halves == null) {
            graph.task(
                    grids.name(name),
                    small ? TensorKernels::bf16x64States : TensorKernels::bf16x128States,
                    new KernelContext(),
                    pieces.table(),
                    keys.asRows(),
                    values.asRows(),
                    powers.decay(),
                    added,
                    shape.config().heads(),
                    keys.dim(),
                    values.dim(),
                    states.isTransposed(),
                    shape.pass().rows(),
                    seals,
                    receipt,
                    receipts.left());
        } else {
            graph.task(
                    grids.name(name),
                    small ? TensorKernels::f16x64States : TensorKernels::f16x128States,
                    new KernelContext(),
                    pieces.table(),
                    keys.asRows(),
                    halves,
                    powers.decay(),
                    added,
                    shape.config().heads(),
                    keys.dim(),
                    values.dim(),
                    states.isTransposed(),
                    shape.pass().rows(),
                    seals,
                    receipt,
                    receipts.left());
        }
        TensorGroups.addGrid(grids, shape, name, values);
    }

    private void addScan(TaskGraph graph, TaskGrids grids, TensorShape shape, Receipts receipts) {
        String name = task + "Scan";
        int receipt = receipts.expect(name, TensorScan.THREADS);
        int seals = receipts.reserve(TensorScan.PLACES);
        receipts.expectSeal("the powers of pieces", seals + TensorScan.FADES);
        if (!states.name().isEmpty()) {
            receipts.expectSeal(states.name(), seals + TensorScan.STATES);
        }
        int elements = shape.pass().stateElements();
        graph.task(
                grids.name(name),
                TensorScan::scan,
                new KernelContext(),
                scan.table(),
                scan.fades(),
                states.array(),
                before,
                added,
                shape.config().heads(),
                shape.pass().stateSize(),
                shape.pieces(),
                elements,
                keeps ? 1 : 0,
                seals,
                receipt,
                receipts.left());
        grids.groups(name, Tile.tiles(elements, TensorScan.THREADS), TensorScan.THREADS);
    }
}
