package io.github.lightning4j.tornado;

import io.github.lightning4j.FeatureMap;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.lang.foreign.MemorySegment;

/**
 * The tasks of a forward pass over float arrays that are on the device, and their grids.
 *
 * <pre>
 *   task            reads                              writes
 *   featuresQ, K    q, k                               q, k             where φ is not the identity
 *   chunkStates     k, v                               local, carried   states within segments
 *   scan            carried, state                     carried, state   S before segments; final S
 *   scores          q, k                               scores           loops only
 *   outputs         q, k, v, local, carried (, scores) o
 * </pre>
 */
final class ForwardTasks {
    private static final int SCAN_THREADS = 128;

    private final PlanKey key;
    private final Family family;
    private final IntArray table;
    private final IntArray receipts;
    private final FloatArray decay;
    private final FloatArray local;
    private final FloatArray carried;
    private final FloatArray scores;

    /** Allocates what lies between q, k, v and o. */
    ForwardTasks(PlanKey key, Family family, DeviceArrays arrays) {
        this.key = key;
        this.family = family;
        table = arrays.ints(ChunkTable.size(key));
        receipts = arrays.ints(Receipts.COUNT);
        decay = arrays.floats(DecayTable.of(key.config().slopes()));
        local = arrays.floats(key.streams() * key.stateSize());
        carried = arrays.floats(key.segments() * key.config().heads() * key.stateSize());
        scores =
                arrays.floats(
                        Math.max(1, Math.toIntExact(key.streams() * family.scratchPerStream())));
    }

    /** Lengths and places of the next run. */
    IntArray table() {
        return table;
    }

    /** What the last run left. */
    IntArray receipts() {
        return receipts;
    }

    /** The powers of λ. */
    FloatArray decay() {
        return decay;
    }

    /** Adds the transfers of the tables, before any task. */
    void addTransfers(TaskGraph graph) {
        // Scratch too: what is not transferred is allocated and freed in every run.
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, decay, receipts, local, carried);
        if (family == Family.LOOPS) {
            graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, scores);
        }
        graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, table);
    }

    /**
     * Adds the tasks.
     *
     * @param graph where to
     * @param grids gets the grids of the tasks
     * @param q queries, H rows of D for each token
     * @param k keys
     * @param v values, H rows of E for each token
     * @param o outputs
     * @param state [R, H, D, E], from initial to final
     */
    void addTo(
            TaskGraph graph,
            TaskGrids grids,
            FloatArray q,
            FloatArray k,
            FloatArray v,
            FloatArray o,
            FloatArray state) {
        addFeatures(graph, "featuresQ", q, Receipts.FEATURES_Q);
        addFeatures(graph, "featuresK", k, Receipts.FEATURES_K);
        if (family == Family.TILED) {
            addTiled(graph, grids, q, k, v, o, state);
        } else {
            addLoops(graph, q, k, v, o, state);
        }
    }

    private void addFeatures(TaskGraph graph, String task, FloatArray x, int receipt) {
        int size = key.rows() * key.config().keyDim();
        switch (key.config().featureMap()) {
            case IDENTITY -> {}
            case SILU -> graph.task(task, InputKernels::silu, x, size, table, receipts, receipt);
            case ELU_PLUS_ONE ->
                    graph.task(task, InputKernels::eluPlusOne, x, size, table, receipts, receipt);
            case RELU -> graph.task(task, InputKernels::relu, x, size, table, receipts, receipt);
        }
    }

    private void addLoops(
            TaskGraph graph,
            FloatArray q,
            FloatArray k,
            FloatArray v,
            FloatArray o,
            FloatArray state) {
        int heads = key.config().heads();
        int keyDim = key.config().keyDim();
        int valueDim = key.config().valueDim();
        int streams = key.streams();
        int segments = key.segments() * heads;
        graph.task(
                "chunkStates",
                LoopKernels::chunkStates,
                table,
                k,
                v,
                decay,
                local,
                carried,
                segments,
                ChunkTable.segmentsAt(key),
                heads,
                keyDim,
                valueDim,
                receipts);
        graph.task(
                "scan",
                LoopKernels::scan,
                table,
                decay,
                carried,
                state,
                ChunkTable.segmentsAt(key),
                ChunkTable.sequencesAt(key),
                heads,
                key.stateSize(),
                key.stateElements(),
                receipts);
        graph.task(
                "scores",
                LoopKernels::scores,
                table,
                q,
                k,
                decay,
                scores,
                streams,
                heads,
                keyDim,
                receipts);
        graph.task(
                "outputs",
                LoopKernels::outputs,
                table,
                q,
                v,
                decay,
                local,
                carried,
                scores,
                o,
                streams,
                heads,
                keyDim,
                valueDim,
                (float) key.config().scale(),
                receipts);
    }

    private void addTiled(
            TaskGraph graph,
            TaskGrids grids,
            FloatArray q,
            FloatArray k,
            FloatArray v,
            FloatArray o,
            FloatArray state) {
        KernelContext context = new KernelContext();
        int heads = key.config().heads();
        int keyDim = key.config().keyDim();
        int valueDim = key.config().valueDim();
        int columns = valueDim <= 64 ? 64 : TiledKernels.MAX_COLUMNS;
        int valueTiles = (valueDim + columns - 1) / columns;
        int keyTiles = (keyDim + TiledKernels.ROWS - 1) / TiledKernels.ROWS;
        int streams = key.streams();
        int segments = key.segments() * heads;
        graph.task(
                "chunkStates",
                TiledKernels::chunkStates,
                context,
                table,
                k,
                v,
                decay,
                local,
                carried,
                ChunkTable.segmentsAt(key),
                heads,
                keyDim,
                valueDim,
                columns,
                receipts);
        grids.groups("chunkStates", segments * keyTiles * valueTiles, TiledKernels.THREADS);
        int elements = key.stateElements();
        graph.task(
                "scan",
                TiledKernels::scan,
                context,
                table,
                decay,
                carried,
                state,
                ChunkTable.segmentsAt(key),
                ChunkTable.sequencesAt(key),
                heads,
                key.stateSize(),
                elements,
                receipts);
        grids.groups("scan", (elements + SCAN_THREADS - 1) / SCAN_THREADS, SCAN_THREADS);
        graph.task(
                "outputs",
                TiledOutputs::outputs,
                context,
                table,
                q,
                k,
                v,
                decay,
                local,
                carried,
                o,
                heads,
                keyDim,
                valueDim,
                columns,
                (float) key.config().scale(),
                receipts);
        grids.groups("outputs", streams * valueTiles, TiledKernels.THREADS);
    }

    /** Sets lengths and places of the next run, and its ticket. */
    void set(int[] entries, int ticket) {
        MemorySegment.copy(
                MemorySegment.ofArray(entries),
                0,
                table.getSegment(),
                0,
                (long) entries.length * Integer.BYTES);
        setTicket(ticket);
    }

    /** Sets the ticket of the next run. */
    void setTicket(int ticket) {
        table.set(ChunkTable.TICKET, ticket);
    }

    /** Fails where a receipt is not what it must be; 0: any. */
    void check(int[] expected) {
        for (int i = 0; i < expected.length; i++) {
            if (expected[i] != 0) {
                Receipts.check(Receipts.name(i), receipts.get(i), expected[i]);
            }
        }
    }

    /** What each receipt must say after a run with this ticket. */
    int[] expectedReceipts(int ticket) {
        int[] expected = new int[Receipts.COUNT];
        boolean tiled = family == Family.TILED;
        expected[Receipts.CHUNK_STATES] = ticket + (tiled ? TiledKernels.THREADS : 0);
        expected[Receipts.SCAN] = ticket + (tiled ? SCAN_THREADS : 0);
        expected[Receipts.OUTPUTS] = ticket + (tiled ? TiledKernels.THREADS : 0);
        expected[Receipts.SCORES] = tiled ? 0 : ticket;
        if (key.config().featureMap() != FeatureMap.IDENTITY) {
            expected[Receipts.FEATURES_Q] = ticket;
            expected[Receipts.FEATURES_K] = ticket;
        }
        return expected;
    }
}
