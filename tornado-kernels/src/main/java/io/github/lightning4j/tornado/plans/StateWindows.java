package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.DType;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.StateBuffers;
import io.github.lightning4j.spi.StateGradientBuffers;
import io.github.lightning4j.spi.TensorMemory;
import io.github.lightning4j.tornado.devices.DeviceLock;
import io.github.lightning4j.tornado.kernels.Direction;
import io.github.lightning4j.tornado.memory.Homes;
import io.github.lightning4j.tornado.memory.HostRows;
import io.github.lightning4j.tornado.memory.Window;
import io.github.lightning4j.tornado.tasks.PlanKey;
import io.github.lightning4j.tornado.tasks.StateKey;
import io.github.lightning4j.tornado.tasks.TensorStateKey;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * One call for states alone, or for their gradients alone. Where one window does not hold the rows
 * of all sequences, states are handed on from window to window, and gradients from the last to the
 * first.
 *
 * @param pool what plans are taken from
 * @param problem the call
 * @param direction {@link Direction#FORWARD} for states
 * @param rows k; backwards, q
 * @param values v; backwards, dO
 * @param before float32 [R, H, D, E] that it begins with, or null for zeros
 * @param after where the last ones go
 */
public record StateWindows(
        PlanPool pool,
        AttentionProblem problem,
        int direction,
        TensorMemory rows,
        TensorMemory values,
        @Nullable MemorySegment before,
        MemorySegment after) {
    private static final System.Logger LOG = System.getLogger(StateWindows.class.getName());

    /** The states after the last tokens. */
    public static StateWindows of(PlanPool pool, AttentionProblem problem, StateBuffers buffers) {
        return new StateWindows(
                pool,
                problem,
                Direction.FORWARD,
                buffers.k(),
                buffers.v(),
                buffers.initialState(),
                buffers.finalState());
    }

    /** The gradients of the states before the first tokens. */
    public static StateWindows of(
            PlanPool pool, AttentionProblem problem, StateGradientBuffers buffers) {
        return new StateWindows(
                pool,
                problem,
                Direction.BACKWARD,
                buffers.q(),
                buffers.outputGradient(),
                buffers.finalStateGradient(),
                buffers.initialStateGradient());
    }

    /**
     * Computes some of the sequences.
     *
     * @throws io.github.lightning4j.AttentionInterruptedException if the thread was interrupted;
     *     between two windows
     */
    public void run(int first, int sequences) {
        long stateBytes = PlanKey.stateBytes(problem.config());
        long bytes = sequences * stateBytes;
        try (Arena arena = Arena.ofShared()) {
            MemorySegment states = arena.allocate(bytes, Float.BYTES);
            if (before != null) {
                HostRows.copy(before, first * stateBytes, states, 0, bytes);
            }
            long tokens = 0;
            for (int r = first; r < first + sequences; r++) {
                tokens += problem.length(r);
            }
            if (tokens > 0) {
                long all = tokens;
                pool.using(
                        () -> plan(first, sequences, all),
                        plan -> run(plan, first, sequences, states));
            }
            HostRows.copy(states, 0, after, first * stateBytes, bytes);
        }
    }

    private StatesPlan plan(int first, int sequences, long tokens) {
        DType valueType = valueType();
        if (pool.tensorCores().takeStates(problem, valueType, sequences)) {
            TensorStateKey key =
                    WindowSizes.tensorStateKey(problem, direction, sequences, tokens, pool);
            return pool.take(key, homes(key.pass(), valueType, sequences));
        }
        StateKey key = WindowSizes.stateKey(problem, direction, sequences, tokens, pool);
        return pool.take(key, homes(key.pass(), valueType, sequences));
    }

    private DType valueType() {
        return direction == Direction.FORWARD ? problem.inputType() : problem.outputType();
    }

    /** Which of the two tensors arrays may lie over. */
    private Homes homes(PlanKey pass, DType valueType, int sequences) {
        if (!Window.isWhole(problem, sequences, pass.tokens())) {
            return Homes.NONE;
        }
        boolean forward = direction == Direction.FORWARD;
        long keyBytes = (long) problem.config().keyDim() * problem.inputType().bytes();
        long valueBytes = (long) problem.config().valueDim() * valueType.bytes();
        return pool.homes()
                .with(forward ? "k" : "q", rows, pass.rows() * keyBytes)
                .with(forward ? "v" : Homes.OUTPUT_GRADIENT, values, pass.rows() * valueBytes)
                .homes();
    }

    private void run(StatesPlan plan, int first, int sequences, MemorySegment states) {
        int tokens = ForwardPass.keyOf(plan.key()).tokens();
        List<Window> windows = Window.cut(problem, first, sequences, tokens);
        for (int turn = 0; turn < windows.size(); turn++) {
            if (turn > 0) {
                DeviceLock.look();
            }
            int w = direction == Direction.FORWARD ? turn : windows.size() - 1 - turn;
            if (!plan.run(problem, windows.get(w), rows, values, states)) {
                inTiles(plan, windows.get(w), states);
            }
        }
    }

    /** Computes a window once more, with float32 between products. */
    private void inTiles(StatesPlan plan, Window window, MemorySegment states) {
        LOG.log(
                System.Logger.Level.DEBUG,
                "not all states on tensor cores are finite; tiles compute them again");
        StateKey tiles = new StateKey(ForwardPass.keyOf(plan.key()), direction, valueType());
        pool.using(
                () -> pool.take(tiles, Homes.NONE),
                again -> again.run(problem, window, rows, values, states));
    }
}
