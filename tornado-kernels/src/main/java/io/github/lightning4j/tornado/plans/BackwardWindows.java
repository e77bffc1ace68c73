package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.AttentionInterruptedException;
import io.github.lightning4j.DType;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackwardBuffers;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.tornado.devices.DeviceLock;
import io.github.lightning4j.tornado.memory.Homes;
import io.github.lightning4j.tornado.memory.HostRows;
import io.github.lightning4j.tornado.memory.Window;
import io.github.lightning4j.tornado.tasks.BackwardKey;
import io.github.lightning4j.tornado.tasks.PlanKey;
import io.github.lightning4j.tornado.tasks.PlanShape;
import io.github.lightning4j.tornado.tasks.TensorBackwardKey;
import io.github.lightning4j.tornado.tasks.TensorKey;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * One backward call for some of its sequences. Where one window does not hold them all, a forward
 * walk first finds the states at the borders of windows; then the windows are computed from the
 * last to the first, with the gradient of the states handed on.
 *
 * <p>Only the first sequence of a window can have begun in an earlier one, so a border costs the
 * host one state for each head.
 */
public final class BackwardWindows {
    private static final System.Logger LOG = System.getLogger(BackwardWindows.class.getName());

    private final PlanPool pool;
    private final AttentionProblem problem;
    private final BackwardBuffers buffers;
    private final int first;
    private final int sequences;
    private final long stateBytes;
    private @Nullable Plan plan;

    /** A call for the sequences from {@code first} on. */
    public BackwardWindows(
            PlanPool pool,
            AttentionProblem problem,
            BackwardBuffers buffers,
            int first,
            int sequences) {
        this.pool = pool;
        this.problem = problem;
        this.buffers = buffers;
        this.first = first;
        this.sequences = sequences;
        stateBytes = PlanKey.stateBytes(problem.config());
    }

    /**
     * Computes everything, on tensor cores if they take it.
     *
     * @throws AttentionInterruptedException if the thread was interrupted; between two windows
     */
    public void run() {
        boolean tensor = DeviceLock.with(() -> pool.tensorCores().takeBackward(problem, sequences));
        if (tensor && !compute(true)) {
            LOG.log(
                    System.Logger.Level.DEBUG,
                    "not all gradients on tensor cores are finite; tiles compute them again");
            tensor = false;
        }
        if (!tensor) {
            compute(false);
        }
    }

    /** Returns whether all is well; if not, it is to be computed without tensor cores. */
    private boolean compute(boolean tensor) {
        long tokens = 0;
        for (int r = first; r < first + sequences; r++) {
            tokens += problem.length(r);
        }
        long all = tokens;
        PlanShape shape =
                DeviceLock.with(() ->
                        tensor
                                ? WindowSizes.tensorBackwardKey(problem, sequences, all, pool)
                                : WindowSizes.backwardKey(problem, sequences, all, pool));
        List<Window> windows =
                Window.cut(problem, first, sequences, ForwardPass.keyOf(shape).tokens());
        boolean[] good = new boolean[1];
        pool.scratch()
                .with(
                        2L * sequences * stateBytes,
                        memory -> good[0] = compute(shape, windows, memory));
        return good[0];
    }

    /**
     * Computes all windows.
     *
     * @param memory for the states of these sequences and for their gradients
     */
    private boolean compute(PlanShape shape, List<Window> windows, MemorySegment memory) {
        long bytes = sequences * stateBytes;
        MemorySegment gradients = memory.asSlice(0, bytes);
        fill(gradients, buffers.finalStateGradient());
        if (!windows.isEmpty()) {
            MemorySegment states = memory.asSlice(bytes);
            fill(states, buffers.initialState());
            if (!compute(shape, windows, states, gradients)) {
                return false;
            }
        }
        MemorySegment target = buffers.initialStateGradient();
        HostRows.copy(gradients, 0, target, first * stateBytes, bytes);
        return true;
    }

    /** Makes the gradients of the final states those of the initial ones. */
    private boolean compute(
            PlanShape shape, List<Window> windows, MemorySegment states, MemorySegment gradients) {
        boolean[] good = new boolean[1];
        pool.guarded(
                () -> {
                    try (Arena arena = Arena.ofShared()) {
                        List<MemorySegment> borders = walk(shape, windows, states, arena);
                        good[0] =
                                borders != null && back(shape, windows, states, borders, gradients);
                    } catch (AttentionInterruptedException e) {
                        giveBack();
                        throw e;
                    }
                },
                this::abandon);
        return good[0];
    }

    /** Copies the part of float32 [R, H, D, E] for these sequences; null: zeros. */
    private void fill(MemorySegment ours, @Nullable MemorySegment all) {
        if (all == null) {
            ours.fill((byte) 0);
        } else {
            HostRows.copy(all, first * stateBytes, ours, 0, ours.byteSize());
        }
    }

    /**
     * The state of a window's first sequence before the window, for all windows but the first; null
     * if one is to be computed otherwise.
     */
    private @Nullable List<MemorySegment> walk(
            PlanShape shape, List<Window> windows, MemorySegment initial, Arena arena) {
        if (windows.size() == 1) {
            return List.of();
        }
        ForwardPlan forward =
                shape instanceof TensorBackwardKey tensor
                        ? pool.take(new TensorKey(tensor.pass(), tensor.pieces()), Homes.NONE)
                        : pool.take(ForwardPass.keyOf(shape));
        plan = forward;
        forward.loadStates(initial, 0, sequences);
        // The outputs are not used; they go where the gradients of the values will go.
        AttentionProblem walked =
                new AttentionProblem(
                        problem.config(),
                        problem.inputType(),
                        problem.inputType(),
                        problem.batch(),
                        problem.tokens(),
                        problem.packed());
        ForwardBuffers walk =
                new ForwardBuffers(buffers.q(), buffers.k(), buffers.v(), null, buffers.dv(), null);
        List<MemorySegment> borders = new ArrayList<>();
        MemorySegment all = arena.allocate(initial.byteSize(), Float.BYTES);
        for (int w = 1; w < windows.size(); w++) {
            DeviceLock.look();
            if (!forward.run(walked, windows.get(w - 1), walk)) {
                giveBack();
                return null;
            }
            forward.readStates(all, 0, sequences);
            MemorySegment border = arena.allocate(stateBytes, Float.BYTES);
            border.copyFrom(all.asSlice(firstSlot(windows.get(w)) * stateBytes, stateBytes));
            borders.add(border);
        }
        giveBack();
        return borders;
    }

    private static int firstSlot(Window window) {
        return window.pieces().getFirst().slot();
    }

    /**
     * Computes windows from the last to the first; the gradients of the final states become those
     * of the initial states.
     *
     * @return whether all is well; if not, it is to be computed otherwise
     */
    private boolean back(
            PlanShape shape,
            List<Window> windows,
            MemorySegment initial,
            List<MemorySegment> borders,
            MemorySegment gradients) {
        GradientPlan backward =
                switch (shape) {
                    case TensorBackwardKey tensor -> pool.take(tensor, homes(shape));
                    case BackwardKey tiled -> pool.take(tiled, homes(shape));
                    default -> throw new IllegalArgumentException("no backward pass: " + shape);
                };
        plan = backward;
        boolean good = true;
        for (int w = windows.size() - 1; good && w >= 0; w--) {
            DeviceLock.look();
            Window window = windows.get(w);
            MemorySegment slot = initial.asSlice(firstSlot(window) * stateBytes, stateBytes);
            MemorySegment before = w == 0 ? slot : borders.get(w - 1);
            swap(slot, before);
            good = backward.run(problem, window, buffers, initial, gradients);
            swap(slot, before);
        }
        giveBack();
        return good;
    }

    /** Which tensors arrays may lie over: what is not converted on the way. */
    private Homes homes(PlanShape shape) {
        PlanKey key = ForwardPass.keyOf(shape);
        if (!Window.isWhole(problem, sequences, key.tokens())) {
            return Homes.NONE;
        }
        DType type = problem.inputType();
        long keys = (long) key.rows() * problem.config().keyDim();
        long values = (long) key.rows() * problem.config().valueDim();
        Homes.Choice choice =
                pool.homes()
                        .with("q", buffers.q(), keys * type.bytes())
                        .with("k", buffers.k(), keys * type.bytes())
                        .with("v", buffers.v(), values * type.bytes())
                        .with(
                                Homes.OUTPUT_GRADIENT,
                                buffers.outputGradient(),
                                values * problem.outputType().bytes());
        if (shape instanceof TensorBackwardKey || type == DType.F32) {
            choice.with("dq", buffers.dq(), keys * type.bytes())
                    .with("dk", buffers.dk(), keys * type.bytes())
                    .with("dv", buffers.dv(), values * type.bytes());
        }
        return choice.homes();
    }

    private void giveBack() {
        Plan taken = plan;
        plan = null;
        if (taken != null) {
            pool.giveBack(taken);
        }
    }

    private static void swap(MemorySegment a, MemorySegment b) {
        for (long i = 0; i < a.byteSize(); i += Float.BYTES) {
            int bits = a.get(ValueLayout.JAVA_INT, i);
            a.set(ValueLayout.JAVA_INT, i, b.get(ValueLayout.JAVA_INT, i));
            b.set(ValueLayout.JAVA_INT, i, bits);
        }
    }

    private void abandon(Throwable cause) {
        Plan failed = plan;
        plan = null;
        if (failed != null) {
            pool.abandon(failed, cause);
        }
    }
}
