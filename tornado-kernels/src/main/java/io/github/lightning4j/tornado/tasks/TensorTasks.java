package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.tornado.kernels.Direction;
import io.github.lightning4j.tornado.kernels.Receipts;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.memory.DeviceArrays;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** The tasks of a forward pass on tensor cores and their arrays. */
public final class TensorTasks {
    private final TensorKey key;
    private final TensorPieces pieces;
    private final Receipts receipts;
    private final TensorPowers powers;
    private final TensorRows q;
    private final TensorRows k;
    private final TensorRows v;
    private final TensorRows o;
    private final FloatArray before;
    private final TensorPass.@Nullable Local local;

    /** Allocates the arrays. */
    public TensorTasks(TensorKey key, DeviceArrays arrays) {
        this.key = key;
        int keyDim = key.config().keyDim();
        int valueDim = key.config().valueDim();
        pieces = TensorPieces.allocate(key, arrays);
        receipts = new Receipts(arrays.ints(Receipts.ROOM));
        powers = TensorPowers.of(key, Direction.FORWARD, arrays);
        q = TensorRows.allocate("q", key, keyDim, TensorRows.Role.ROWS, arrays);
        k = TensorRows.allocate("k", key, keyDim, TensorRows.Role.ROWS, arrays);
        v = TensorRows.allocate("v", key, valueDim, TensorRows.Role.VALUES, arrays);
        o = TensorRows.allocate("o", key, valueDim, TensorRows.Role.ROWS, arrays);
        before = arrays.floats(key.pass().stateElements() + 1);
        local = TensorPass.Local.allocate(key, arrays);
    }

    /** Where rows are. */
    public TensorPieces pieces() {
        return pieces;
    }

    /** What the last run left. */
    public Receipts receipts() {
        return receipts;
    }

    /** q on the device. */
    public TensorRows q() {
        return q;
    }

    /** k on the device. */
    public TensorRows k() {
        return k;
    }

    /** v on the device. */
    public TensorRows v() {
        return v;
    }

    /** o on the device. */
    public TensorRows o() {
        return o;
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
        graph.transferToDevice(
                DataTransferMode.FIRST_EXECUTION,
                powers.decay(),
                receipts.left(),
                before,
                o.asRows());
        if (local != null) {
            local.addTransfers(graph);
        }
        pieces.addTransfers(graph);
        for (TensorRows rows : new TensorRows[] {q, k, v}) {
            graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, rows.arrays());
        }
        TensorStates states = new TensorStates(state, "", false);
        new TensorPass("tensorForward", pieces, powers, q, k, v, o, states, before, local)
                .addTo(graph, grids, key, receipts);
        graph.transferToHost(DataTransferMode.EVERY_EXECUTION, o.asRows(), receipts.left());
        graph.transferToHost(DataTransferMode.UNDER_DEMAND, before);
    }
}
