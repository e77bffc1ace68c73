package io.github.lightning4j.cli.results;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.jr.ob.JSON;

import java.io.IOException;
import java.util.Set;

/**
 * One algorithm at one length on one device: measured, or why not. Where it was not measured all
 * figures are null.
 *
 * @param device id of the device
 * @param hardware the device in words
 * @param algorithm by its name on the command line
 * @param tokens N
 * @param outcome {@code measured}; {@code stopped}: the series ends here, it has become too slow or
 *     too large; {@code refused}: the device says no; {@code failed}: it broke
 * @param reason why it was not measured, or null
 * @param calls timed calls
 * @param minMillis the shortest call, end to end
 * @param p5Millis 5 in 100 calls took no longer
 * @param p50Millis the median call
 * @param p95Millis 95 in 100 calls took no longer
 * @param kernelMillis median of what kernels took by the device's clock, or null without one
 * @param kernelMinMillis what kernels took in the call in which they took least, or null
 * @param kernelP95Millis in 95 of 100 calls kernels took no longer, or null
 * @param tokensPerSecond tokens of all sequences a second, by the median call end to end
 * @param operations needed float operations of a call, a multiply-add counting two
 * @param bytes of a call, each tensor read or written once
 * @param peakFlops multiply-add operations a second the hardware did at most, or null
 * @param peakBytesPerSecond bytes a second it read from main memory at most, or null
 * @param hostBytes most resident memory of the process while it was measured, or null
 * @param deviceBytes memory held on the device, or null
 * @param error relative L2 error of a sample against the float64 definition
 * @param gate the largest error that passes
 * @param passed whether the error is inside its gate
 */
public record Point(
        String device,
        String hardware,
        String algorithm,
        long tokens,
        String outcome,
        @Nullable String reason,
        @Nullable Integer calls,
        @Nullable Double minMillis,
        @Nullable Double p5Millis,
        @Nullable Double p50Millis,
        @Nullable Double p95Millis,
        @Nullable Double kernelMillis,
        @Nullable Double kernelMinMillis,
        @Nullable Double kernelP95Millis,
        @Nullable Double tokensPerSecond,
        @Nullable Double operations,
        @Nullable Double bytes,
        @Nullable Double peakFlops,
        @Nullable Double peakBytesPerSecond,
        @Nullable Long hostBytes,
        @Nullable Long deviceBytes,
        @Nullable Double error,
        @Nullable Double gate,
        @Nullable Boolean passed) {
    /** The outcome of a point with figures. */
    public static final String MEASURED = "measured";

    /** The outcome of a point that would have been too slow or too large. */
    public static final String STOPPED = "stopped";

    /** The outcome of a point that the device refused. */
    public static final String REFUSED = "refused";

    /** The outcome of a point that broke. */
    public static final String FAILED = "failed";

    /** All outcomes. */
    static final Set<String> OUTCOMES = Set.of(MEASURED, STOPPED, REFUSED, FAILED);

    /**
     * Reads a point.
     *
     * @param name what errors call the document
     * @param text JSON
     * @return the point
     * @throws IOException if it is something else
     */
    public static Point parse(String name, String text) throws IOException {
        try {
            Point point = RecordReader.read(Point.class, JSON.std.anyFrom(text), "");
            Rules.check(point, "");
            return point;
        } catch (JacksonException | IllegalArgumentException e) {
            throw new IOException("%s wrote '%s': %s".formatted(name, text, e.getMessage()), e);
        }
    }

    /**
     * A point without figures.
     *
     * @param device id of the device
     * @param algorithm by its name on the command line
     * @param tokens N
     * @param outcome stopped, refused or failed
     * @param reason why
     * @return the point
     */
    public static Point without(
            String device, String algorithm, long tokens, String outcome, String reason) {
        return new Point(
                device, "", algorithm, tokens, outcome, reason, null, null, null, null, null, null,
                null, null, null, null, null, null, null, null, null, null, null, null);
    }

    /**
     * The same under another id of its device.
     *
     * @param id of the device
     * @return a point
     */
    public Point on(String id) {
        return new Point(
                id,
                hardware,
                algorithm,
                tokens,
                outcome,
                reason,
                calls,
                minMillis,
                p5Millis,
                p50Millis,
                p95Millis,
                kernelMillis,
                kernelMinMillis,
                kernelP95Millis,
                tokensPerSecond,
                operations,
                bytes,
                peakFlops,
                peakBytesPerSecond,
                hostBytes,
                deviceBytes,
                error,
                gate,
                passed);
    }

    /**
     * Whether it has figures.
     *
     * @return true for {@code measured}
     */
    public boolean hasFigures() {
        return outcome.equals(MEASURED);
    }

    /**
     * The median time of a token, end to end.
     *
     * @return microseconds; NaN where it was not measured
     */
    public double microsPerToken() {
        return tokensPerSecond == null ? Double.NaN : 1e6 / tokensPerSecond;
    }

    /**
     * The median time of a token in kernels, without copies.
     *
     * @return microseconds; NaN where the device has no clock of its own
     */
    public double kernelMicrosPerToken() {
        return kernelMillis == null || p50Millis == null
                ? Double.NaN
                : microsPerToken() * kernelMillis / p50Millis;
    }

    /**
     * Needed operations a second, by what kernels took where the device has a clock.
     *
     * @return operations a second; NaN where it was not measured
     */
    public double operationsPerSecond() {
        Double millis = kernelMillis == null ? p50Millis : kernelMillis;
        return operations == null || millis == null ? Double.NaN : operations / (millis / 1e3);
    }

    /**
     * Whether it is the same measurement of another run.
     *
     * @param other a point
     * @return same device, algorithm and length
     */
    public boolean isSameAs(Point other) {
        return device.equals(other.device)
                && algorithm.equals(other.algorithm)
                && tokens == other.tokens;
    }
}
