package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.tornado.kernels.Direction;
import io.github.lightning4j.tornado.tasks.BackwardKey;
import io.github.lightning4j.tornado.tasks.PlanKey;
import io.github.lightning4j.tornado.tasks.PlanShape;
import io.github.lightning4j.tornado.tasks.StateKey;
import io.github.lightning4j.tornado.tasks.TensorBackwardKey;
import io.github.lightning4j.tornado.tasks.TensorKey;
import io.github.lightning4j.tornado.tasks.TensorStateKey;

import java.util.function.IntFunction;

/** How much of a problem fits on a device at a time. */
public final class WindowSizes {
    /** The fewest tokens of a sequence that are worth a window. */
    private static final int FEW = 16;

    private WindowSizes() {}

    /** The number of sequences whose states fit beside a window of tokens. */
    public static int sequences(AttentionConfig config, PlanPool pool) {
        // Three states for each: the one that stays, the one that comes in, and that of one chunk.
        return sequences(config, 3, pool, slots -> smallest(config, slots, pool));
    }

    /** The same for a backward pass. */
    public static int backwardSequences(AttentionConfig config, PlanPool pool) {
        // Three states for each, and the gradient of each.
        return sequences(
                config,
                6,
                pool,
                slots -> new BackwardKey(smallest(config, slots, pool), DType.F16));
    }

    private static int sequences(
            AttentionConfig config,
            int statesEach,
            PlanPool pool,
            IntFunction<PlanShape> smallest) {
        long state = PlanKey.stateBytes(config);
        long fit =
                Math.min(
                        pool.memory() / 4 / (statesEach * state),
                        pool.maxElements() * Float.BYTES / (2 * state));
        long slots = Math.clamp(Long.highestOneBit(Math.max(1, fit)), 1, 1 << 20);
        while (slots > 1 && !fits(smallest.apply((int) slots), pool, pool.memory() / 2)) {
            slots /= 2;
        }
        return (int) slots;
    }

    /**
     * The key for a few tokens of each sequence. Each has a chunk, whose scores may be larger than
     * its state.
     */
    private static PlanKey smallest(AttentionConfig config, int slots, PlanPool pool) {
        int tokens = PlanKey.bucket(Math.min(1L << 28, (long) slots * FEW));
        return pool.key(config, DType.F16, slots, tokens);
    }

    /**
     * The plan for {@code wanted} tokens, or for as many of them as fit.
     *
     * @param wanted tokens of all sequences
     */
    static PlanKey key(
            AttentionConfig config, DType type, int sequences, long wanted, PlanPool pool) {
        return largest(
                wanted,
                pool,
                Math.min(pool.memory() / 2, pool.room()),
                tokens -> pool.key(config, type, slots(sequences), tokens));
    }

    /** The same on tensor cores. */
    static TensorKey tensorKey(
            AttentionConfig config, DType type, int sequences, long wanted, PlanPool pool) {
        return largest(
                wanted,
                pool,
                Math.min(pool.memory() / 2, pool.room()),
                tokens ->
                        new TensorKey(
                                pool.key(config, type, slots(sequences), tokens),
                                pool.tensorCores().pieces(config, slots(sequences), tokens)));
    }

    /** The same for a backward pass. */
    public static BackwardKey backwardKey(
            AttentionProblem problem, int sequences, long wanted, PlanPool pool) {
        return largest(
                wanted,
                pool,
                pool.room() / 2,
                tokens ->
                        new BackwardKey(
                                pool.key(
                                        problem.config(),
                                        problem.inputType(),
                                        slots(sequences),
                                        tokens),
                                problem.outputType()));
    }

    /** The same for a backward pass on tensor cores. */
    static TensorBackwardKey tensorBackwardKey(
            AttentionProblem problem, int sequences, long wanted, PlanPool pool) {
        return largest(
                wanted,
                pool,
                pool.room() / 2,
                tokens ->
                        new TensorBackwardKey(
                                pool.key(
                                        problem.config(),
                                        problem.inputType(),
                                        slots(sequences),
                                        tokens),
                                pool.tensorCores()
                                        .pieces(problem.config(), slots(sequences), tokens)));
    }

    /** The same for states alone. */
    public static StateKey stateKey(
            AttentionProblem problem, int direction, int sequences, long wanted, PlanPool pool) {
        return largest(
                wanted,
                pool,
                pool.room() / 2,
                tokens ->
                        new StateKey(
                                pool.key(
                                        problem.config(),
                                        problem.inputType(),
                                        slots(sequences),
                                        tokens),
                                direction,
                                direction == Direction.FORWARD
                                        ? problem.inputType()
                                        : problem.outputType()));
    }

    /** The same on tensor cores. */
    static TensorStateKey tensorStateKey(
            AttentionProblem problem, int direction, int sequences, long wanted, PlanPool pool) {
        int slots = slots(sequences);
        return largest(
                wanted,
                pool,
                pool.room() / 2,
                tokens ->
                        new TensorStateKey(
                                pool.key(problem.config(), problem.inputType(), slots, tokens),
                                direction,
                                pool.tensorCores().pieces(problem.config(), slots, tokens)));
    }

    private static int slots(int sequences) {
        return PlanKey.sequenceBucket(sequences);
    }

    private static <S extends PlanShape> S largest(
            long wanted, PlanPool pool, long most, IntFunction<S> shapeOf) {
        int low = 16;
        int high = PlanKey.bucket(Math.clamp(wanted, 1, 1 << 28));
        while (high > low && !fits(shapeOf.apply(high), pool, most)) {
            high = PlanKey.bucket(high / 2);
        }
        return shapeOf.apply(high);
    }

    private static boolean fits(PlanShape shape, PlanPool pool, long most) {
        return shape.largestExtent(pool.family()) <= pool.maxElements()
                && shape.bytes(pool.family()) <= most;
    }
}
