package io.github.lightning4j.distributed;

import java.time.Duration;
import java.util.Map;

/**
 * What a run of a job did.
 *
 * @param partitions P
 * @param computed partitions whose results were not there before
 * @param tokens of these partitions
 * @param exchangedBytes of the states that partitions gave and got in this run
 * @param times of the phases that there were
 * @param kernelTimes what kernels took in a phase, on all devices together and by their own clocks;
 *     a phase is missing where a device gave no time, and scans use none
 */
public record JobReport(
        int partitions,
        int computed,
        long tokens,
        long exchangedBytes,
        Map<Phase, Duration> times,
        Map<Phase, Duration> kernelTimes) {
    /** Copies the times. */
    public JobReport {
        times = Map.copyOf(times);
        kernelTimes = Map.copyOf(kernelTimes);
    }

    /**
     * The time of all phases.
     *
     * @return their sum
     */
    public Duration time() {
        return times.values().stream().reduce(Duration.ZERO, Duration::plus);
    }
}
