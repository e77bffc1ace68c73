package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.tornado.devices.DeviceLock;
import io.github.lightning4j.tornado.kernels.ChunkTable;
import io.github.lightning4j.tornado.kernels.KernelFamily;
import io.github.lightning4j.tornado.kernels.PoolKernels;
import io.github.lightning4j.tornado.kernels.PoolTable;
import io.github.lightning4j.tornado.kernels.PoolTransfers;
import io.github.lightning4j.tornado.kernels.Receipts;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.memory.DeviceArrays;
import io.github.lightning4j.tornado.memory.HostRows;
import io.github.lightning4j.tornado.tasks.PoolShape;
import io.github.lightning4j.tornado.tasks.TaskGrids;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The places of a pool on a device, and the graphs over them: copies from place to place, states
 * that come and go, and an append for each size of a run. A graph is compiled when it first runs,
 * and none is for particular slots or numbers of tokens.
 *
 * <p>Used by one thread at a time, and only under {@link DeviceLock}.
 */
final class DevicePool implements Plan {
    private static final AtomicInteger NAMES = new AtomicInteger();

    private static final int MOVE = 0;
    private static final int WRITE = 1;
    private static final int READ = 2;
    private static final int WRITE_ROWS = 3;
    private static final int READ_ROWS = 4;

    /** Room of the table of graphs that move, read or write one place. */
    private static final PoolShape.Room ONE = new PoolShape.Room(1, 1);

    private final PoolShape shape;
    private final DeviceArrays arrays;
    private final IntArray table;
    private final Receipts moved;
    private final IntArray written;
    private final FloatArray incoming;
    private final FloatArray outgoing;
    private final IntArray writtenRows;
    private final FloatArray incomingRows;
    private final FloatArray outgoingRows;
    private final List<PoolRun> runs = new ArrayList<>();

    /** Where the graphs of each run begin. */
    private final List<Integer> firstGraphs = new ArrayList<>();

    private final boolean hasSteps;
    private final TornadoExecutionPlan root;
    private final Execution execution;
    private int ticket;

    /** Whether something began on the device whose end nobody has seen. */
    private boolean harmed;

    /** Allocates the places; nothing is in them yet. */
    DevicePool(
            PoolShape shape,
            KernelFamily family,
            TornadoDevice device,
            DeviceArrays arrays,
            KernelClock clock) {
        this.shape = shape;
        this.arrays = arrays;
        hasSteps = family != KernelFamily.LOOPS;
        String name = "pool" + NAMES.incrementAndGet();
        PoolHome home = PoolHome.allocate(name + "move", shape, arrays);
        int elements = Math.toIntExact(shape.config().stateElements());
        table = arrays.ints(ONE.table());
        moved = new Receipts(arrays.ints(Receipts.ROOM));
        written = arrays.ints(1);
        incoming = arrays.floats(elements + 1);
        outgoing = arrays.floats(elements + 1);
        writtenRows = arrays.ints(1);
        incomingRows = arrays.floats(rowElements() + 1);
        outgoingRows = arrays.floats(rowElements() + 1);
        List<ImmutableTaskGraph> graphs = new ArrayList<>();
        graphs.add(moves(home).snapshot());
        graphs.add(writes(home, name + "write").snapshot());
        graphs.add(reads(home, name + "read").snapshot());
        graphs.add(writesOfRows(home, name + "writerows").snapshot());
        graphs.add(readsOfRows(home, name + "readrows").snapshot());
        GridScheduler scheduler = new GridScheduler();
        StagedTokens.Numbers numbers = StagedTokens.Numbers.allocate(arrays);
        for (PoolShape.Room room : shape.rooms()) {
            PoolRun run =
                    new PoolRun(
                            name + "append" + room.tokens(),
                            shape.config(),
                            family,
                            room,
                            home,
                            numbers,
                            arrays);
            runs.add(run);
            firstGraphs.add(graphs.size());
            run.graphs(scheduler).forEach(graph -> graphs.add(graph.snapshot()));
        }
        root = new TornadoExecutionPlan(graphs.toArray(ImmutableTaskGraph[]::new));
        TaskGrids.apply(scheduler, root, device);
        execution = new Execution(root, clock);
    }

    private TaskGraph moves(PoolHome home) {
        TaskGraph graph = home.produce();
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, moved.left());
        graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, table);
        graph.task(
                "keep",
                PoolKernels::keep,
                table,
                home.keys(),
                home.values(),
                home.states(),
                shape.config().heads(),
                PoolTable.movesAt(ONE.blocks(), ONE.rows()),
                shape.config().heads(),
                shape.config().keyDim(),
                shape.config().valueDim(),
                moved.expect("keep", 0),
                moved.left());
        graph.transferToHost(DataTransferMode.EVERY_EXECUTION, moved.left());
        return home.persist(graph);
    }

    private TaskGraph writes(PoolHome home, String name) {
        TaskGraph graph = home.consume(new TaskGraph(name));
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, written);
        graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, table, incoming);
        int heads = shape.config().heads();
        int size = shape.config().keyDim() * shape.config().valueDim();
        graph.task(
                "write",
                PoolTransfers::write,
                table,
                incoming,
                home.states(),
                heads,
                size,
                written);
        graph.transferToHost(DataTransferMode.EVERY_EXECUTION, written);
        return home.persist(graph);
    }

    private TaskGraph reads(PoolHome home, String name) {
        TaskGraph graph = home.consume(new TaskGraph(name));
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, outgoing);
        graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, table);
        graph.task(
                "read",
                PoolTransfers::read,
                table,
                home.keys(),
                home.values(),
                home.decay(),
                home.states(),
                outgoing,
                shape.config().heads(),
                shape.config().keyDim(),
                shape.config().valueDim());
        graph.transferToHost(DataTransferMode.EVERY_EXECUTION, outgoing);
        return home.persist(graph);
    }

    private TaskGraph writesOfRows(PoolHome home, String name) {
        TaskGraph graph = home.consume(new TaskGraph(name));
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, writtenRows);
        graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, table, incomingRows);
        graph.task(
                "writerows",
                PoolTransfers::writeRows,
                table,
                incomingRows,
                home.keys(),
                home.values(),
                shape.config().heads(),
                shape.config().keyDim(),
                shape.config().valueDim(),
                writtenRows);
        graph.transferToHost(DataTransferMode.EVERY_EXECUTION, writtenRows);
        return home.persist(graph);
    }

    private TaskGraph readsOfRows(PoolHome home, String name) {
        TaskGraph graph = home.consume(new TaskGraph(name));
        graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, outgoingRows);
        graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, table);
        graph.task(
                "readrows",
                PoolTransfers::readRows,
                table,
                home.keys(),
                home.values(),
                outgoingRows,
                shape.config().heads(),
                shape.config().keyDim(),
                shape.config().valueDim());
        graph.transferToHost(DataTransferMode.EVERY_EXECUTION, outgoingRows);
        return home.persist(graph);
    }

    /** Floats of keys and values of a place. */
    private int rowElements() {
        return Math.toIntExact(shape.rowsSize());
    }

    /** Where values begin behind the room for keys, in bytes. */
    private long valuesAt() {
        return (long) shape.config().heads()
                * PoolTable.TOKENS
                * shape.config().keyDim()
                * Float.BYTES;
    }

    @Override
    public PoolShape key() {
        return shape;
    }

    /**
     * Whether a run failed on the device, so that nobody knows what is in the places. Reading q, k
     * and v of a call or writing its output may fail too, and harms only the slots of the call.
     */
    boolean isHarmed() {
        return harmed;
    }

    private void execute(int graph, Runnable check) {
        harmed = true;
        execution.run(graph);
        check.run();
        harmed = false;
    }

    private void begin(int moves) {
        ticket += ChunkTable.TICKET_STEP;
        table.set(PoolTable.TICKET, Seals.of(ticket));
        table.set(PoolTable.MOVES, moves);
    }

    /** Copies a place with so many tokens. */
    void move(int from, int to, int tokens) {
        begin(1);
        int at = PoolTable.movesAt(ONE.blocks(), ONE.rows());
        table.set(at + PoolTable.FROM, from);
        table.set(at + PoolTable.TO, to);
        table.set(at + PoolTable.MOVED, tokens);
        execute(MOVE, () -> moved.check(Seals.of(ticket)));
    }

    /** S of a place becomes float32 [H, D, E]; null: zeros. */
    void write(int place, @Nullable MemorySegment source) {
        begin(0);
        table.set(PoolTable.FIRST + PoolTable.PLACE, place);
        int elements = Math.toIntExact(shape.config().stateElements());
        if (source == null) {
            incoming.getSegment().fill((byte) 0);
        } else {
            long bytes = (long) elements * Float.BYTES;
            HostRows.copy(source, 0, incoming.getSegment(), 0, bytes);
        }
        incoming.set(elements, Seals.of(ticket));
        execute(
                WRITE,
                () -> Receipts.check("the copy of a state", written.get(0), Seals.of(ticket)));
    }

    /** The state of a place after its tokens, as float32 [H, D, E]. */
    void read(int place, int tokens, MemorySegment target) {
        aim(place, tokens);
        int elements = Math.toIntExact(shape.config().stateElements());
        execute(
                READ,
                () ->
                        Receipts.check(
                                "the copy of a state",
                                (int) outgoing.get(elements),
                                Seals.of(ticket)));
        HostRows.copy(outgoing.getSegment(), 0, target, 0, (long) elements * Float.BYTES);
    }

    /** Whether windows in which every row has one token take a shorter way. */
    boolean hasSteps() {
        return hasSteps;
    }

    private void aim(int place, int tokens) {
        begin(0);
        table.set(PoolTable.FIRST + PoolTable.PLACE, place);
        table.set(PoolTable.FIRST + PoolTable.COUNT, tokens);
    }

    /** Keys and values of a place become φ(k) [H, n, D] and v [H, n, E]. */
    void writeRows(int place, int tokens, MemorySegment keys, MemorySegment values) {
        aim(place, tokens);
        MemorySegment in = incomingRows.getSegment();
        HostRows.copy(keys, 0, in, 0, keys.byteSize());
        HostRows.copy(values, 0, in, valuesAt(), values.byteSize());
        incomingRows.set(rowElements(), Seals.of(ticket));
        execute(
                WRITE_ROWS,
                () -> Receipts.check("the copy of rows", writtenRows.get(0), Seals.of(ticket)));
    }

    /** Keys and values of a place, as φ(k) [H, n, D] and v [H, n, E]. */
    void readRows(int place, int tokens, MemorySegment keys, MemorySegment values) {
        aim(place, tokens);
        execute(
                READ_ROWS,
                () ->
                        Receipts.check(
                                "the copy of rows",
                                (int) outgoingRows.get(rowElements()),
                                Seals.of(ticket)));
        MemorySegment out = outgoingRows.getSegment();
        HostRows.copy(out, 0, keys, 0, keys.byteSize());
        HostRows.copy(out, valuesAt(), values, 0, values.byteSize());
    }

    /** Appends a window. */
    void append(PoolWindow window, AttentionProblem problem, ForwardBuffers buffers) {
        ticket += ChunkTable.TICKET_STEP;
        int size = 0;
        while (!window.fits(runs.get(size).room())) {
            size++;
        }
        PoolRun run = runs.get(size);
        run.stage(window, problem.inputType(), buffers, ticket);
        List<Integer> graphs = run.graphsFor(window, problem.inputType());
        harmed = true;
        for (int graph : graphs) {
            execution.run(firstGraphs.get(size) + graph);
        }
        run.check(graphs, ticket);
        harmed = false;
        run.collect(window, problem, buffers.output());
    }

    @Override
    public void close() {
        arrays.closeAfter(root);
    }
}
