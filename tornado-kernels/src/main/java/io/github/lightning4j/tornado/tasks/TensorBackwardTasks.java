package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.tornado.kernels.Direction;
import io.github.lightning4j.tornado.kernels.Receipts;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.memory.DeviceArrays;
import io.github.lightning4j.tornado.memory.Homes;
import io.github.lightning4j.tornado.tasks.TensorRows.Role;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * The tasks of a backward pass on tensor cores and their arrays: the kernel of the forward pass
 * three times, because each gradient is a forward pass of other tensors. Where a gradient comes
 * from later tokens the table has the rows in reverse, and the powers of λ are those of that
 * direction.
 *
 * <pre>
 *   task              time       queries, keys, values   state           gives
 *   queryGradients    forwards   dO, V, K                Sᵀ              dQ
 *   keyGradients      backwards  V, dO, Q                Gᵀ              dK
 *   valueGradients    backwards  K, Q, dO                G as it was     dV, G before the first token
 * </pre>
 *
 * <p>Each changes its state. So dV takes the copy of G that dK has kept, and dQ comes before both:
 * what it keeps and what it makes of S is not used.
 */
public final class TensorBackwardTasks {
    private final TensorBackwardKey key;
    private final TensorPieces pieces;
    private final TensorPieces reversed;
    private final Receipts receipts;
    private final TensorPowers powers;
    private final TensorPowers reversedPowers;
    private final Inputs in;
    private final Outputs out;
    private final FloatArray state;
    private final FloatArray gradient;
    private final FloatArray initialGradient;
    private final TensorPass.@Nullable Local local;

    /** The tensors that come from the host. */
    public record Inputs(TensorRows q, TensorRows k, TensorRows v, TensorRows dO) {}

    /** The tensors that return to it. */
    public record Outputs(TensorRows dq, TensorRows dk, TensorRows dv) {}

    /** Allocates the arrays. */
    public TensorBackwardTasks(TensorBackwardKey key, DeviceArrays arrays) {
        this.key = key;
        int keyDim = key.config().keyDim();
        int valueDim = key.config().valueDim();
        pieces = TensorPieces.allocate(key, arrays);
        reversed = TensorPieces.allocate(key, arrays);
        receipts = new Receipts(arrays.ints(Receipts.ROOM));
        powers = TensorPowers.of(key, Direction.FORWARD, arrays);
        reversedPowers = TensorPowers.of(key, Direction.BACKWARD, arrays);
        in =
                new Inputs(
                        TensorRows.allocate("q", key, keyDim, Role.BOTH, arrays),
                        TensorRows.allocate("k", key, keyDim, Role.BOTH, arrays),
                        TensorRows.allocate("v", key, valueDim, Role.ROWS, arrays),
                        TensorRows.allocate(
                                Homes.OUTPUT_GRADIENT, key, valueDim, Role.BOTH, arrays));
        out =
                new Outputs(
                        TensorRows.allocate("dq", key, keyDim, Role.ROWS, arrays),
                        TensorRows.allocate("dk", key, keyDim, Role.ROWS, arrays),
                        TensorRows.allocate("dv", key, valueDim, Role.ROWS, arrays));
        state = arrays.floats(key.pass().stateElements() + 1);
        gradient = arrays.floats(key.pass().stateElements() + 1);
        initialGradient = arrays.floats(key.pass().stateElements() + 1);
        local = TensorPass.Local.allocate(key, arrays);
    }

    /** Where rows are from the first token to the last. */
    public TensorPieces pieces() {
        return pieces;
    }

    /** Where they are from the last token to the first. */
    public TensorPieces reversed() {
        return reversed;
    }

    /** What the last run left. */
    public Receipts receipts() {
        return receipts;
    }

    /** The tensors that come from the host. */
    public Inputs in() {
        return in;
    }

    /** The tensors that return to it. */
    public Outputs out() {
        return out;
    }

    /** The states before the first token [R, H, D, E] and a {@linkplain Seals seal}. */
    public FloatArray state() {
        return state;
    }

    /** The gradient of the states after the last token, and a seal. */
    public FloatArray gradient() {
        return gradient;
    }

    /** The gradient of the states before the first token, and the ticket of the run. */
    public FloatArray initialGradient() {
        return initialGradient;
    }

    /** Adds the tasks and the transfers. */
    public void addTo(TaskGraph graph, TaskGrids grids) {
        graph.transferToDevice(
                        DataTransferMode.FIRST_EXECUTION,
                        powers.decay(),
                        reversedPowers.decay(),
                        receipts.left(),
                        initialGradient,
                        out.dq.asRows(),
                        out.dk.asRows(),
                        out.dv.asRows())
                .transferToDevice(DataTransferMode.EVERY_EXECUTION, state, gradient);
        if (local != null) {
            local.addTransfers(graph);
        }
        pieces.addTransfers(graph);
        reversed.addTransfers(graph);
        for (TensorRows rows : new TensorRows[] {in.q, in.k, in.v, in.dO}) {
            graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, rows.arrays());
        }
        TensorStates before = new TensorStates(state, "the initial states", true);
        TensorStates after = new TensorStates(gradient, "the final states' gradient", true);
        TensorStates kept = new TensorStates(initialGradient, "", false);
        new TensorPass(
                        "queryGradients",
                        pieces,
                        powers,
                        in.dO,
                        in.v,
                        in.k,
                        out.dq,
                        before,
                        initialGradient,
                        local)
                .addTo(graph, grids, key, receipts);
        new TensorPass(
                        "keyGradients",
                        reversed,
                        reversedPowers,
                        in.v,
                        in.dO,
                        in.q,
                        out.dk,
                        after,
                        initialGradient,
                        local)
                .addTo(graph, grids, key, receipts);
        new TensorPass(
                        "valueGradients",
                        reversed,
                        reversedPowers,
                        in.k,
                        in.q,
                        in.dO,
                        out.dv,
                        kept,
                        state,
                        local)
                .addTo(graph, grids, key, receipts);
        graph.transferToHost(
                DataTransferMode.EVERY_EXECUTION,
                out.dq.asRows(),
                out.dk.asRows(),
                out.dv.asRows(),
                initialGradient,
                receipts.left());
    }
}
