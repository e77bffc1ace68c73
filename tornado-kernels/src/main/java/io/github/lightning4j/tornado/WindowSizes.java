package io.github.lightning4j.tornado;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.spi.AttentionProblem;

import java.util.function.IntFunction;

/** How much of a problem fits on a device at a time. */
final class WindowSizes {
    private WindowSizes() {}

    /** Sequences whose states fit beside a window of tokens. */
    static int sequences(AttentionConfig config, PlanPool pool) {
        // Three states for each: one that stays, one coming in, one chunk.
        return sequences(config, 3, pool);
    }

    /** The same for a backward pass. */
    static int backwardSequences(AttentionConfig config, PlanPool pool) {
        // Three states for each, and of each the gradient.
        return sequences(config, 6, pool);
    }

    private static int sequences(AttentionConfig config, int statesEach, PlanPool pool) {
        long state = (long) config.heads() * config.keyDim() * config.valueDim();
        long fit =
                Math.min(
                        pool.memory() / 4 / (statesEach * state * Float.BYTES),
                        pool.maxElements() / (2 * state));
        return Math.clamp(Long.highestOneBit(Math.max(1, fit)), 1, 1 << 20);
    }

    /**
     * The plan for so many tokens, or for as many of them as fit.
     *
     * @param wanted tokens of all sequences
     */
    static PlanKey key(
            AttentionConfig config, DType type, int sequences, long wanted, PlanPool pool) {
        return largest(wanted, pool, tokens -> new PlanKey(config, type, slots(sequences), tokens));
    }

    /** The same for a backward pass. */
    static BackwardKey backwardKey(
            AttentionProblem problem, int sequences, long wanted, PlanPool pool) {
        return largest(
                wanted,
                pool,
                tokens ->
                        new BackwardKey(
                                new PlanKey(
                                        problem.config(),
                                        problem.inputType(),
                                        slots(sequences),
                                        tokens),
                                problem.outputType()));
    }

    private static int slots(int sequences) {
        return PlanKey.sequenceBucket(sequences);
    }

    private static <S extends PlanShape> S largest(
            long wanted, PlanPool pool, IntFunction<S> shapeOf) {
        int low = 16;
        int high = PlanKey.bucket(Math.clamp(wanted, 1, 1 << 28));
        while (high > low && !fits(shapeOf.apply(high), pool)) {
            high = PlanKey.bucket(high / 2);
        }
        return shapeOf.apply(high);
    }

    private static boolean fits(PlanShape shape, PlanPool pool) {
        return shape.largestArray(pool.family()) <= pool.maxElements()
                && shape.bytes(pool.family()) <= pool.memory() / 2;
    }
}
