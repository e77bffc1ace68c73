package io.github.lightning4j.distributed;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/**
 * What a run of a job did.
 *
 * @param partitions P
 * @param computed partitions whose results were not there before
 * @param tokens of these partitions
 * @param exchangedBytes of the states that partitions gave and got in this run
 * @param time of the run; where phases follow each other, the sum of theirs
 * @param times of the phases that there were, each from its beginning to its end
 * @param kernelTimes what kernels took in a phase, on all devices together and by their own clocks;
 *     a phase is missing where a device gave no time, and scans use none
 */
public record JobReport(
        int partitions,
        int computed,
        long tokens,
        long exchangedBytes,
        Duration time,
        Map<Phase, Duration> times,
        Map<Phase, Duration> kernelTimes) {
    private static final String TIMES = "times.";
    private static final String KERNELS = "kernels.";

    /** Copies the times. */
    public JobReport {
        times = Map.copyOf(times);
        kernelTimes = Map.copyOf(kernelTimes);
    }

    /**
     * All of it in one line, for another process.
     *
     * @return names and whole numbers, times in nanoseconds
     */
    public String toLine() {
        StringJoiner line = new StringJoiner(" ");
        line.add("partitions=" + partitions);
        line.add("computed=" + computed);
        line.add("tokens=" + tokens);
        line.add("exchanged=" + exchangedBytes);
        line.add("time=" + time.toNanos());
        for (Phase phase : Phase.values()) {
            add(line, TIMES, phase, times.get(phase));
            add(line, KERNELS, phase, kernelTimes.get(phase));
        }
        return line.toString();
    }

    private static void add(
            StringJoiner line, String kind, Phase phase, @Nullable Duration duration) {
        if (duration != null) {
            line.add(kind + phase.name().toLowerCase(Locale.ROOT) + "=" + duration.toNanos());
        }
    }

    /**
     * Reads what {@link #toLine()} wrote.
     *
     * @param line of one report
     * @return the report
     * @throws IllegalArgumentException if it is none
     */
    public static JobReport parse(String line) {
        Map<String, Long> values = new HashMap<>();
        for (String field : line.strip().split(" +", -1)) {
            int equals = field.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("line has no report: " + field);
            }
            values.put(field.substring(0, equals), Long.parseLong(field.substring(equals + 1)));
        }
        return new JobReport(
                Math.toIntExact(value(values, "partitions")),
                Math.toIntExact(value(values, "computed")),
                value(values, "tokens"),
                value(values, "exchanged"),
                Duration.ofNanos(value(values, "time")),
                times(values, TIMES),
                times(values, KERNELS));
    }

    private static long value(Map<String, Long> values, String name) {
        Long value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("line has no " + name);
        }
        return value;
    }

    private static Map<Phase, Duration> times(Map<String, Long> values, String kind) {
        Map<Phase, Duration> times = new EnumMap<>(Phase.class);
        for (Phase phase : Phase.values()) {
            Long nanos = values.get(kind + phase.name().toLowerCase(Locale.ROOT));
            if (nanos != null) {
                times.put(phase, Duration.ofNanos(nanos));
            }
        }
        return times;
    }
}
