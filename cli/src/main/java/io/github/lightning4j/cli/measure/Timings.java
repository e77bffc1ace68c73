package io.github.lightning4j.cli.measure;

import java.util.Arrays;

/** Durations of many calls of one thing, in milliseconds. */
public final class Timings {
    private final double[] sorted;

    private Timings(double[] sorted) {
        this.sorted = sorted;
    }

    /** Takes durations in nanoseconds, in any order. */
    static Timings ofNanos(double[] nanos) {
        double[] millis = Arrays.stream(nanos).map(x -> x / 1e6).sorted().toArray();
        return new Timings(millis);
    }

    /** How many there are. */
    public int calls() {
        return sorted.length;
    }

    /** The shortest. */
    public double min() {
        return sorted[0];
    }

    /**
     * The nearest-rank percentile: the shortest duration that at least {@code percent} in a hundred
     * do not exceed.
     *
     * @param percent above 0, at most 100
     */
    public double percentile(double percent) {
        return sorted[Math.max(0, (int) Math.ceil(percent / 100 * sorted.length) - 1)];
    }
}
