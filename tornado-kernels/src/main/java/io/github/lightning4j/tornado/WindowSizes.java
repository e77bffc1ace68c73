package io.github.lightning4j.tornado;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;

/** How much of a problem fits on a device at a time. */
final class WindowSizes {
    private WindowSizes() {}

    /** Sequences whose states fit beside a window of tokens. */
    static int sequences(AttentionConfig config, PlanPool pool) {
        long state = (long) config.heads() * config.keyDim() * config.valueDim();
        // Three states for each: one that stays, one coming in, one chunk.
        long fit =
                Math.min(
                        pool.memory() / 4 / (3 * state * Float.BYTES),
                        PlanKey.MAX_ELEMENTS / (2 * state));
        return Math.clamp(Long.highestOneBit(Math.max(1, fit)), 1, 1 << 20);
    }

    /**
     * The plan for so many tokens, or for as many of them as fit.
     *
     * @param wanted tokens of all sequences
     */
    static PlanKey key(
            AttentionConfig config, DType type, int sequences, long wanted, PlanPool pool) {
        int slots = PlanKey.sequenceBucket(sequences);
        int low = 16;
        int high = PlanKey.bucket(Math.clamp(wanted, 1, 1 << 28));
        while (high > low && !fits(new PlanKey(config, type, slots, high), pool)) {
            high = PlanKey.bucket(high / 2);
        }
        return new PlanKey(config, type, slots, high);
    }

    private static boolean fits(PlanKey key, PlanPool pool) {
        return key.largestArray(pool.family()) <= PlanKey.MAX_ELEMENTS
                && key.bytes(pool.family()) <= pool.memory() / 2;
    }
}
