package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.DType;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.tornado.devices.DeviceLock;
import io.github.lightning4j.tornado.memory.Homes;
import io.github.lightning4j.tornado.memory.Window;
import io.github.lightning4j.tornado.tasks.BackwardKey;
import io.github.lightning4j.tornado.tasks.PairKey;
import io.github.lightning4j.tornado.tasks.PlanKey;
import io.github.lightning4j.tornado.tasks.PlanShape;
import io.github.lightning4j.tornado.tasks.PoolShape;
import io.github.lightning4j.tornado.tasks.StateKey;
import io.github.lightning4j.tornado.tasks.TensorKey;
import io.github.lightning4j.tornado.tasks.TensorShape;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A forward pass of some sequences, on a plan that is taken for it: one window after another, with
 * the states staying in the plan's memory on the device.
 *
 * <p>Used by one thread at a time, and only under {@link DeviceLock}.
 */
public final class ForwardPass {
    private static final System.Logger LOG = System.getLogger(ForwardPass.class.getName());

    private final PlanPool pool;
    private final AttentionProblem problem;
    private final int first;
    private final int sequences;
    private final boolean once;

    /**
     * A pass of {@code sequences} sequences of a problem.
     *
     * @param first of them
     * @param once whether it is a call of its own: then arrays may lie over its tensors
     */
    public ForwardPass(
            PlanPool pool, AttentionProblem problem, int first, int sequences, boolean once) {
        this.pool = pool;
        this.problem = problem;
        this.first = first;
        this.sequences = sequences;
        this.once = once;
    }

    /**
     * Runs it.
     *
     * @param buffers memory of the whole problem; its states are not used
     * @param before states [R, H, D, E] of these sequences; null: zeros
     * @param after where they are then; null: nowhere. It may be the same memory
     * @throws io.github.lightning4j.AttentionInterruptedException if the thread was interrupted and
     *     more than one window is needed
     */
    public void run(
            ForwardBuffers buffers, @Nullable MemorySegment before, @Nullable MemorySegment after) {
        long tokens = 0;
        for (int r = first; r < first + sequences; r++) {
            tokens += problem.length(r);
        }
        if (tokens == 0) {
            without(before, after);
            return;
        }
        long all = tokens;
        pool.using(
                () -> plan(all, buffers),
                plan -> {
                    if (before == null) {
                        plan.clearStates();
                    } else {
                        plan.loadStates(before, 0, sequences);
                    }
                    windows(plan, buffers);
                    if (after != null) {
                        plan.readStates(after, 0, sequences);
                    }
                });
    }

    private static void without(@Nullable MemorySegment before, @Nullable MemorySegment after) {
        if (after != null && before == null) {
            after.fill((byte) 0);
        } else if (after != null) {
            after.copyFrom(before);
        }
    }

    private ForwardPlan plan(long tokens, ForwardBuffers buffers) {
        PlanShape wanted =
                pool.tensorCores().take(problem, sequences)
                        ? WindowSizes.tensorKey(
                                problem.config(), problem.inputType(), sequences, tokens, pool)
                        : WindowSizes.key(
                                problem.config(), problem.inputType(), sequences, tokens, pool);
        boolean whole = once && Window.isWhole(problem, sequences, keyOf(wanted).tokens());
        Homes homes = whole ? homes(wanted, buffers) : Homes.NONE;
        return wanted instanceof TensorKey tensor
                ? pool.take(tensor, homes)
                : pool.take(keyOf(wanted), homes);
    }

    private void windows(ForwardPlan plan, ForwardBuffers buffers) {
        List<Window> windows = Window.cut(problem, first, sequences, plan.tokens());
        for (int w = 0; w < windows.size(); w++) {
            if (w > 0) {
                DeviceLock.look();
            }
            if (!plan.run(problem, windows.get(w), buffers)) {
                inTiles(plan, windows.get(w), buffers);
            }
        }
    }

    /** Computes a window once more, with float32 between products. */
    private void inTiles(ForwardPlan plan, Window window, ForwardBuffers buffers) {
        LOG.log(
                System.Logger.Level.DEBUG,
                "not all results on tensor cores are finite; tiles compute them again");
        try (Arena arena = Arena.ofShared()) {
            long bytes = Math.multiplyExact(sequences, PlanKey.stateBytes(problem.config()));
            MemorySegment states = arena.allocate(bytes, Float.BYTES);
            plan.readBefore(states, sequences);
            pool.using(
                    () -> pool.take(keyOf(plan.key())),
                    tiles -> {
                        tiles.loadStates(states, 0, sequences);
                        tiles.run(problem, window, buffers);
                        tiles.readStates(states, 0, sequences);
                    });
            plan.loadStates(states, 0, sequences);
        }
    }

    /** What a plan of the same size in tiles is compiled for. */
    static PlanKey keyOf(PlanShape shape) {
        return switch (shape) {
            case TensorShape tensor -> tensor.pass();
            case PlanKey key -> key;
            case BackwardKey backward -> backward.pass();
            case PairKey pair -> pair.pass();
            case StateKey states -> states.pass();
            case PoolShape places -> throw new AssertionError(places);
        };
    }

    /** Which of q, k, v and o arrays may lie over: what is not converted on the way. */
    private Homes homes(PlanShape wanted, ForwardBuffers buffers) {
        PlanKey key = keyOf(wanted);
        long size = problem.inputType().bytes();
        long keys = (long) key.rows() * problem.config().keyDim() * size;
        long values = (long) key.rows() * problem.config().valueDim() * size;
        Homes.Choice choice =
                pool.homes()
                        .with("q", buffers.q(), keys)
                        .with("k", buffers.k(), keys)
                        .with("v", buffers.v(), values);
        boolean asItIs =
                wanted instanceof TensorKey
                        || (problem.inputType() == DType.F32 && problem.outputType() == DType.F32);
        return (asItIs ? choice.with("o", buffers.output(), values) : choice).homes();
    }
}
