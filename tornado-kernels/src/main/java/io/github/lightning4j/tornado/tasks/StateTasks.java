package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.tornado.kernels.ChunkTable;
import io.github.lightning4j.tornado.kernels.DecayTable;
import io.github.lightning4j.tornado.kernels.KernelFamily;
import io.github.lightning4j.tornado.kernels.LoopBackwardKernels;
import io.github.lightning4j.tornado.kernels.LoopKernels;
import io.github.lightning4j.tornado.kernels.Receipts;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.kernels.Tile;
import io.github.lightning4j.tornado.kernels.TiledGradientStates;
import io.github.lightning4j.tornado.kernels.TiledStates;
import io.github.lightning4j.tornado.memory.DeviceArrays;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The tasks that find what a state is at every chunk, and their grids: the states, from the first
 * chunk to the last, and their gradients, from the last to the first.
 *
 * <pre>
 *   task            reads                    writes
 *   chunkStates     k, v                     local, carried      S before chunks, within segments
 *   scan            carried, state           carried, state      S before segments; final S
 *   gradientStates  q, dO                    local, carried      G after chunks, within segments
 *   gradientScan    carried, gradient        carried, gradient   G after segments; that of initial S
 * </pre>
 */
public final class StateTasks {
    private static final int SCAN_THREADS = 128;

    private final PlanKey key;
    private final KernelFamily family;
    private final IntArray table;
    private final IntArray receipts;
    private final FloatArray decay;
    private final FloatArray local;
    private final FloatArray carried;

    /**
     * Allocates what one direction needs.
     *
     * @param table the {@link ChunkTable}
     * @param receipts where tasks leave their {@link Receipts}
     * @param decay the {@link DecayTable}
     */
    StateTasks(
            PlanKey key,
            KernelFamily family,
            DeviceArrays arrays,
            IntArray table,
            IntArray receipts,
            FloatArray decay) {
        this.key = key;
        this.family = family;
        this.table = table;
        this.receipts = receipts;
        this.decay = decay;
        local = arrays.floats(key.streams() * key.stateSize());
        carried = arrays.floats(key.segments() * key.config().heads() * key.stateSize());
    }

    /** Of each chunk of a head, what its segment has added so far [chunks, H, D, E]. */
    FloatArray local() {
        return local;
    }

    /** What comes into each segment of a head [segments, H, D, E]. */
    FloatArray carried() {
        return carried;
    }

    /** Puts the scratch on the device: what is not transferred is allocated anew in every run. */
    void addTransfers(TaskGraph graph) {
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, local, carried);
    }

    /**
     * Adds the tasks of the states.
     *
     * @param state [R, H, D, E], from initial to final
     * @param sealed whether it has room behind for a {@linkplain Seals seal}, the ticket
     */
    void addStates(
            TaskGraph graph,
            TaskGrids grids,
            FloatArray k,
            FloatArray v,
            FloatArray state,
            boolean sealed) {
        int heads = key.config().heads();
        int keyDim = key.config().keyDim();
        int valueDim = key.config().valueDim();
        if (family == KernelFamily.TILED) {
            addTiledStates(graph, grids, k, v, state, keyDim, valueDim, sealed, 0);
        } else {
            graph.task(
                    grids.name("chunkStates"),
                    LoopKernels::chunkStates,
                    table,
                    k,
                    v,
                    decay,
                    local,
                    carried,
                    key.segments() * heads,
                    key.segmentsAt(),
                    heads,
                    keyDim,
                    valueDim,
                    receipts);
            graph.task(
                    grids.name("scan"),
                    LoopKernels::scan,
                    table,
                    decay,
                    carried,
                    state,
                    key.segmentsAt(),
                    key.sequencesAt(),
                    heads,
                    key.stateSize(),
                    key.stateElements(),
                    sealed ? 1 : 0,
                    receipts);
        }
    }

    /**
     * Adds the tasks of the gradients of the states.
     *
     * @param gradient [R, H, D, E], from that of the final state to that of the initial one
     */
    void addGradients(
            TaskGraph graph, TaskGrids grids, FloatArray q, FloatArray dO, FloatArray gradient) {
        int heads = key.config().heads();
        int keyDim = key.config().keyDim();
        int valueDim = key.config().valueDim();
        float scale = (float) key.config().scale();
        if (family == KernelFamily.TILED) {
            int columns = Tile.columns(valueDim);
            KernelContext context = new KernelContext();
            graph.task(
                    grids.name("gradientStates"),
                    TiledGradientStates::gradientStates,
                    context,
                    table,
                    q,
                    dO,
                    decay,
                    local,
                    carried,
                    key.segmentsAt(),
                    heads,
                    keyDim,
                    valueDim,
                    columns,
                    scale,
                    receipts);
            stateGrid(grids, "gradientStates", keyDim, valueDim);
            graph.task(
                    grids.name("gradientScan"),
                    TiledGradientStates::gradientScan,
                    context,
                    table,
                    decay,
                    carried,
                    gradient,
                    key.segmentsAt(),
                    key.sequencesAt(),
                    heads,
                    key.stateSize(),
                    key.stateElements(),
                    receipts);
            scanGrid(grids, "gradientScan");
        } else {
            graph.task(
                    grids.name("gradientStates"),
                    LoopBackwardKernels::gradientStates,
                    table,
                    q,
                    dO,
                    decay,
                    local,
                    carried,
                    key.segments() * heads,
                    key.segmentsAt(),
                    heads,
                    keyDim,
                    valueDim,
                    scale,
                    receipts);
            graph.task(
                    grids.name("gradientScan"),
                    LoopBackwardKernels::gradientScan,
                    table,
                    decay,
                    carried,
                    gradient,
                    key.segmentsAt(),
                    key.sequencesAt(),
                    heads,
                    key.stateSize(),
                    key.stateElements(),
                    receipts);
        }
    }

    /**
     * Adds the same tasks, in tiles, for the transposes of the states: local() and carried() are of
     * [E, D] each then, while the state stays [R, H, D, E].
     */
    void addTransposedStates(
            TaskGraph graph, TaskGrids grids, FloatArray k, FloatArray v, FloatArray state) {
        int keyDim = key.config().keyDim();
        addTiledStates(graph, grids, v, k, state, key.config().valueDim(), keyDim, false, keyDim);
    }

    /** The states of rows a and b, which are (λ^… A)ᵀ B. */
    private void addTiledStates(
            TaskGraph graph,
            TaskGrids grids,
            FloatArray a,
            FloatArray b,
            FloatArray state,
            int rowDim,
            int columnDim,
            boolean sealed,
            int transposed) {
        int columns = Tile.columns(columnDim);
        KernelContext context = new KernelContext();
        graph.task(
                grids.name("chunkStates"),
                TiledStates::chunkStates,
                context,
                table,
                a,
                b,
                decay,
                local,
                carried,
                key.segmentsAt(),
                key.config().heads(),
                rowDim,
                columnDim,
                columns,
                receipts);
        stateGrid(grids, "chunkStates", rowDim, columnDim);
        graph.task(
                grids.name("scan"),
                TiledStates::scan,
                context,
                table,
                decay,
                carried,
                state,
                key.segmentsAt(),
                key.sequencesAt(),
                key.config().heads(),
                key.stateSize(),
                key.stateElements(),
                sealed ? 1 : 0,
                transposed,
                receipts);
        scanGrid(grids, "scan");
    }

    private void stateGrid(TaskGrids grids, String task, int rowDim, int columnDim) {
        int groups = key.segments() * key.config().heads() * Tile.stateTiles(rowDim, columnDim);
        grids.groups(task, groups, Tile.THREADS);
    }

    private void scanGrid(TaskGrids grids, String task) {
        grids.groups(task, Tile.tiles(key.stateElements(), SCAN_THREADS), SCAN_THREADS);
    }

    /** Adds what the receipts of the states must say after a run with this ticket. */
    void expectStates(int[] expected, int ticket) {
        expected[Receipts.CHUNK_STATES] = ticket + threads(Tile.THREADS);
        expected[Receipts.SCAN] = ticket + threads(SCAN_THREADS);
    }

    /** Adds what those of their gradients must say. */
    void expectGradients(int[] expected, int ticket) {
        expected[Receipts.GRADIENT_STATES] = ticket + threads(Tile.THREADS);
        expected[Receipts.GRADIENT_SCAN] = ticket + threads(SCAN_THREADS);
    }

    private int threads(int tiled) {
        return family == KernelFamily.TILED ? tiled : 0;
    }
}
