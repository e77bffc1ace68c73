package io.github.lightning4j.results.compare;

import org.jspecify.annotations.Nullable;

/**
 * How many times as fast something is as the same before, by both clocks.
 *
 * @param timesFirst end to end
 * @param timesFirstInKernels by the device's clock, or null where either has none
 */
record Ratio(double timesFirst, @Nullable Double timesFirstInKernels) {
    /**
     * The ratio of two measurements.
     *
     * @param calls times as many tokens a second
     * @param before what kernels took then, or null
     * @param after what they take now, or null
     */
    static Ratio of(double calls, @Nullable Double before, @Nullable Double after) {
        return new Ratio(calls, before == null || after == null ? null : before / after);
    }

    /** Whether neither clock says that it is slower than the tolerance allows. */
    boolean isInside(double tolerance) {
        double least = 1 - tolerance;
        return timesFirst >= least && (timesFirstInKernels == null || timesFirstInKernels >= least);
    }
}
