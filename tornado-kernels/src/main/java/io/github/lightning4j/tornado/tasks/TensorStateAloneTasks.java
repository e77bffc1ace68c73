package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.tornado.kernels.Receipts;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.memory.DeviceArrays;
import io.github.lightning4j.tornado.memory.Homes;
import io.github.lightning4j.tornado.tasks.TensorRows.Role;

import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.util.Objects;

/**
 * The tasks that compute states alone, or their gradients alone, on tensor cores, and their arrays:
 * the first tasks of a pass that is cut into pieces. The gradients of states are the states of q
 * and dO with time reversed.
 */
public final class TensorStateAloneTasks {
    private final TensorStateKey key;
    private final TensorPieces pieces;
    private final Receipts receipts;
    private final TensorPowers powers;
    private final TensorRows keys;
    private final TensorRows values;
    private final FloatArray state;
    private final FloatArray before;
    private final FloatArray added;

    /** Allocates the arrays. */
    public TensorStateAloneTasks(TensorStateKey key, DeviceArrays arrays) {
        this.key = key;
        pieces = TensorPieces.allocate(key, arrays);
        receipts = new Receipts(arrays.ints(Receipts.ROOM));
        powers = TensorPowers.of(key, key.direction(), arrays);
        boolean backward = key.isBackward();
        String x = backward ? "q" : "k";
        String y = backward ? Homes.OUTPUT_GRADIENT : "v";
        keys = TensorRows.allocate(x, key, key.config().keyDim(), Role.ROWS, arrays);
        values = TensorRows.allocate(y, key, key.config().valueDim(), Role.VALUES, arrays);
        state = arrays.floats(key.pass().stateElements() + 1);
        before = arrays.floats(1);
        added = arrays.floats(Math.toIntExact(key.localStates() + 1));
    }

    /** Where rows are. */
    public TensorPieces pieces() {
        return pieces;
    }

    /** What the last run left. */
    public Receipts receipts() {
        return receipts;
    }

    /** k; backwards, q. */
    public TensorRows keys() {
        return keys;
    }

    /** v; backwards, dO. */
    public TensorRows values() {
        return values;
    }

    /**
     * [R, H, D, E], from initial to final, and a {@linkplain Seals seal}, then the ticket of the
     * run; backwards, its gradient from final to initial.
     */
    public FloatArray state() {
        return state;
    }

    /** Adds the tasks and the transfers. */
    public void addTo(TaskGraph graph, TaskGrids grids) {
        graph.transferToDevice(
                        DataTransferMode.FIRST_EXECUTION,
                        powers.decay(),
                        receipts.left(),
                        before,
                        added)
                .transferToDevice(DataTransferMode.EVERY_EXECUTION, state);
        pieces.addTransfers(graph);
        graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, keys.arrays());
        graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, values.arrays());
        String name = key.isBackward() ? "the final states' gradient" : "the initial states";
        new TensorStateTasks(
                        key.isBackward() ? "gradient" : "tensor",
                        pieces,
                        Objects.requireNonNull(pieces.scan()),
                        powers,
                        keys,
                        values,
                        new TensorStates(state, name, false),
                        false,
                        before,
                        added)
                .addTo(graph, grids, key, receipts);
        graph.transferToHost(DataTransferMode.EVERY_EXECUTION, state, receipts.left());
    }
}
