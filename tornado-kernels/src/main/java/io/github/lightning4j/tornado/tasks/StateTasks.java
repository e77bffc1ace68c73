package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.tornado.kernels.Direction;
import io.github.lightning4j.tornado.kernels.LoopKernels;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.kernels.Tile;
import io.github.lightning4j.tornado.kernels.TiledStates;
import io.github.lightning4j.tornado.memory.DeviceArrays;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * The tasks that find the state at every chunk, and their grids: the states from the first chunk to
 * the last, or their gradients from the last to the first, which is the same with time reversed.
 *
 * <pre>
 *   task            reads                    writes
 *   chunkStates     k, v                     local, carried      S before chunks, within segments
 *   scan            carried, state           carried, state      S before segments; final S
 *   gradientStates  q, dO                    local, carried      G after chunks, within segments
 *   gradientScan    carried, gradient        carried, gradient   G after segments; that of initial S
 * </pre>
 */
final class StateTasks {
    private static final int SCAN_THREADS = 128;

    private final PassTables tables;
    private final PlanKey key;
    private final int direction;
    private final boolean transposed;
    private final FloatArray local;
    private final FloatArray carried;

    /**
     * Allocates the arrays of one direction.
     *
     * @param direction {@link Direction#FORWARD} for the states, {@link Direction#BACKWARD} for
     *     their gradients
     * @param transposed whether local() and carried() hold transposes, of [E, D] each, and no final
     *     states are wanted; tiled only
     */
    StateTasks(PassTables tables, int direction, boolean transposed, DeviceArrays arrays) {
        this.tables = tables;
        this.direction = direction;
        this.transposed = transposed;
        key = tables.key();
        local = arrays.floats(key.streams() * key.stateSize());
        carried = arrays.floats(key.segments() * key.config().heads() * key.stateSize());
    }

    /** The direction. */
    int direction() {
        return direction;
    }

    /** What the segment of each chunk of a head has added before it [chunks, H, D, E]. */
    FloatArray local() {
        return local;
    }

    /** The state that comes into each segment of a head [segments, H, D, E]. */
    FloatArray carried() {
        return carried;
    }

    /**
     * Puts the scratch on the device once, because what is not transferred is allocated anew in
     * every run.
     */
    void addTransfers(TaskGraph graph) {
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, local, carried);
    }

    /**
     * Adds the tasks.
     *
     * @param k keys; backwards, queries
     * @param v values; backwards, the gradients of the outputs
     * @param state [R, H, D, E], from initial to final; backwards, from the gradient of the final
     *     state to that of the initial one
     * @param sealed whether there is room behind it for a {@linkplain Seals seal}, the ticket
     */
    void addTo(
            TaskGraph graph,
            TaskGrids grids,
            FloatArray k,
            FloatArray v,
            FloatArray state,
            boolean sealed) {
        boolean backward = direction == Direction.BACKWARD;
        String states = backward ? "gradientStates" : "chunkStates";
        String scan = backward ? "gradientScan" : "scan";
        float factor = backward ? (float) key.config().scale() : 1f;
        if (tables.isTiled()) {
            addTiledStates(graph, grids, states, transposed ? v : k, transposed ? k : v, factor);
            addTiledScan(graph, grids, scan, state, sealed);
        } else {
            addLoopStates(graph, grids, states, k, v, factor);
            addLoopScan(graph, grids, scan, state, sealed);
        }
    }

    private void addLoopStates(
            TaskGraph graph,
            TaskGrids grids,
            String task,
            FloatArray k,
            FloatArray v,
            float factor) {
        int heads = key.config().heads();
        graph.task(
                grids.name(task),
                LoopKernels::chunkStates,
                tables.chunks(),
                k,
                v,
                tables.decay(),
                local,
                carried,
                key.segments() * heads,
                key.segmentsAt(),
                heads,
                key.config().keyDim(),
                key.config().valueDim(),
                direction,
                factor,
                tables.receipt(task, 0),
                tables.receipts().left());
    }

    private void addLoopScan(
            TaskGraph graph, TaskGrids grids, String task, FloatArray state, boolean sealed) {
        graph.task(
                grids.name(task),
                LoopKernels::scan,
                tables.chunks(),
                tables.decay(),
                carried,
                state,
                key.segmentsAt(),
                key.sequencesAt(),
                key.config().heads(),
                key.stateSize(),
                key.stateElements(),
                sealed ? 1 : 0,
                direction,
                tables.receipt(task, 0),
                tables.receipts().left());
    }

    /** Adds the states of rows a and b, which are (λ^… A)ᵀ B. */
    private void addTiledStates(
            TaskGraph graph,
            TaskGrids grids,
            String task,
            FloatArray a,
            FloatArray b,
            float factor) {
        int heads = key.config().heads();
        int rowDim = transposed ? key.config().valueDim() : key.config().keyDim();
        int columnDim = transposed ? key.config().keyDim() : key.config().valueDim();
        graph.task(
                grids.name(task),
                TiledStates::chunkStates,
                new KernelContext(),
                tables.chunks(),
                a,
                b,
                tables.decay(),
                local,
                carried,
                key.segmentsAt(),
                heads,
                rowDim,
                columnDim,
                direction,
                factor,
                tables.receipt(task, Tile.THREADS),
                tables.receipts().left());
        int groups = key.segments() * heads * Tile.stateTiles(rowDim, columnDim);
        grids.groups(task, groups, Tile.THREADS);
    }

    private void addTiledScan(
            TaskGraph graph, TaskGrids grids, String task, FloatArray state, boolean sealed) {
        if (direction == Direction.BACKWARD) {
            graph.task(
                    grids.name(task),
                    TiledStates::gradientScan,
                    new KernelContext(),
                    tables.chunks(),
                    tables.decay(),
                    carried,
                    state,
                    key.segmentsAt(),
                    key.sequencesAt(),
                    key.config().heads(),
                    key.stateSize(),
                    key.stateElements(),
                    tables.receipt(task, SCAN_THREADS),
                    tables.receipts().left());
        } else {
            graph.task(
                    grids.name(task),
                    TiledStates::scan,
                    new KernelContext(),
                    tables.chunks(),
                    tables.decay(),
                    carried,
                    state,
                    key.segmentsAt(),
                    key.sequencesAt(),
                    key.config().heads(),
                    key.stateSize(),
                    key.stateElements(),
                    sealed ? 1 : 0,
                    transposed ? key.config().keyDim() : 0,
                    tables.receipt(task, SCAN_THREADS),
                    tables.receipts().left());
        }
        grids.groups(task, Tile.tiles(key.stateElements(), SCAN_THREADS), SCAN_THREADS);
    }
}
