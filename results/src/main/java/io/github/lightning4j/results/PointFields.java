package io.github.lightning4j.results;

import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.io.Quoted;
import io.github.lightning4j.results.Point.Accuracy;
import io.github.lightning4j.results.Point.KernelTimes;
import io.github.lightning4j.results.Point.Measured;
import io.github.lightning4j.results.Point.Memory;
import io.github.lightning4j.results.Point.Peaks;
import io.github.lightning4j.results.Point.Times;
import io.github.lightning4j.results.Point.Unmeasured;
import io.github.lightning4j.results.Point.Work;

import org.jspecify.annotations.Nullable;

import tools.jackson.jr.ob.JSON;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The fields of a point in files, all in one JSON object. */
public final class PointFields {
    /** The longest length that {@code lightning bench} measures. */
    private static final long MOST_TOKENS = 1L << 32;

    /** Clocks count nanoseconds. */
    private static final double LEAST_MILLIS = 1e-6;

    private static final double MOST_MILLIS = 1e10;
    private static final double MOST = 1e30;

    private static final List<String> OUTCOMES =
            List.of(Point.MEASURED, Point.STOPPED, Point.REFUSED, Point.FAILED);

    private static final String[] FIGURES = {
        "calls",
        "minMillis",
        "p5Millis",
        "p50Millis",
        "p95Millis",
        "kernelMillis",
        "kernelMinMillis",
        "kernelP95Millis",
        "tokensPerSecond",
        "operations",
        "bytes",
        "peakFlops",
        "peakBytesPerSecond",
        "hostBytes",
        "deviceBytes",
        "error",
        "gate",
        "passed"
    };

    /** All fields, in the order of the columns of {@code --csv}. */
    static final List<String> NAMES =
            Stream.concat(
                            Stream.of(
                                    "device",
                                    "hardware",
                                    "algorithm",
                                    "tokens",
                                    "outcome",
                                    "reason"),
                            Stream.of(FIGURES))
                    .toList();

    private PointFields() {}

    /** The fields by {@link #NAMES}, in that order. */
    public static Map<String, @Nullable Object> of(Point point) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        NAMES.forEach(name -> fields.put(name, null));
        fields.put("hardware", "");
        fields.putAll(RecordFields.of((Record) point));
        fields.put("outcome", point.outcome());
        if (point instanceof Measured measured && measured.accuracy() != null) {
            fields.put("passed", measured.accuracy().passed());
        }
        return fields;
    }

    /** A line of JSON. */
    public static String line(Point point) throws IOException {
        return JSON.std.with(JSON.Feature.WRITE_NULL_PROPERTIES).asString(of(point));
    }

    /**
     * Reads a point.
     *
     * @param line of {@link #line}
     * @param writer who wrote it, for errors
     */
    public static Point parse(String line, String writer) throws IOException {
        return read(
                JsonFile.parse(
                        "%s wrote %s, which is no point".formatted(writer, Quoted.text(line)),
                        line));
    }

    /** Reads a point. */
    static Point read(Fields fields) throws MalformedDataException {
        Point.Id id =
                new Point.Id(
                        fields.text("device"),
                        fields.oneOf("algorithm", Names.ALGORITHMS),
                        fields.whole("tokens", 1, MOST_TOKENS));
        String outcome = fields.oneOf("outcome", OUTCOMES);
        String hardware = fields.text("hardware");
        Point point;
        if (outcome.equals(Point.MEASURED)) {
            fields.none("it was measured", "reason");
            point =
                    new Measured(
                            id,
                            hardware,
                            times(fields),
                            kernel(fields),
                            new Work(
                                    fields.number("operations", 1, MOST),
                                    fields.number("bytes", 1, MOST)),
                            peaks(fields),
                            new Memory(
                                    fields.wholeOrNull("hostBytes", 0, Long.MAX_VALUE),
                                    fields.wholeOrNull("deviceBytes", 0, Long.MAX_VALUE)),
                            accuracy(fields));
        } else {
            String reason = fields.text("reason");
            if (!hardware.isEmpty()) {
                throw fields.wrong("hardware", "empty, because it was not measured");
            }
            fields.none("it was not measured", FIGURES);
            point = new Unmeasured(id, outcome, reason);
        }
        fields.end();
        return point;
    }

    private static Times times(Fields fields) throws MalformedDataException {
        int calls = fields.count("calls");
        double min = fields.number("minMillis", LEAST_MILLIS, MOST_MILLIS);
        double p5 = fields.number("p5Millis", LEAST_MILLIS, MOST_MILLIS);
        double p50 = fields.number("p50Millis", LEAST_MILLIS, MOST_MILLIS);
        double p95 = fields.number("p95Millis", LEAST_MILLIS, MOST_MILLIS);
        rising(fields, "minMillis", min, "p5Millis", p5);
        rising(fields, "p5Millis", p5, "p50Millis", p50);
        rising(fields, "p50Millis", p50, "p95Millis", p95);
        return new Times(
                calls, min, p5, p50, p95, fields.number("tokensPerSecond", 1 / MOST, MOST));
    }

    private static @Nullable KernelTimes kernel(Fields fields) throws MalformedDataException {
        if (!fields.has("kernelMillis")) {
            fields.none("kernelMillis is", "kernelMinMillis", "kernelP95Millis");
            return null;
        }
        Double min = fields.numberOrNull("kernelMinMillis", LEAST_MILLIS, MOST_MILLIS);
        double p50 = fields.number("kernelMillis", LEAST_MILLIS, MOST_MILLIS);
        Double p95 = fields.numberOrNull("kernelP95Millis", LEAST_MILLIS, MOST_MILLIS);
        if (min != null) {
            rising(fields, "kernelMinMillis", min, "kernelMillis", p50);
        }
        if (p95 != null) {
            rising(fields, "kernelMillis", p50, "kernelP95Millis", p95);
        }
        return new KernelTimes(min, p50, p95);
    }

    private static void rising(Fields fields, String less, double a, String more, double b)
            throws MalformedDataException {
        if (a > b) {
            throw fields.wrong(more, "at least %s, which is %s".formatted(less, a));
        }
    }

    private static @Nullable Peaks peaks(Fields fields) throws MalformedDataException {
        if (!fields.has("peakFlops")) {
            fields.none("peakFlops is", "peakBytesPerSecond");
            return null;
        }
        return new Peaks(
                fields.number("peakFlops", 1, MOST), fields.number("peakBytesPerSecond", 1, MOST));
    }

    private static @Nullable Accuracy accuracy(Fields fields) throws MalformedDataException {
        if (!fields.has("error")) {
            fields.none("error is", "gate", "passed");
            return null;
        }
        Accuracy accuracy =
                new Accuracy(fields.error("error"), fields.number("gate", 1 / MOST, MOST));
        if (fields.truth("passed") != accuracy.passed()) {
            throw fields.wrong(
                    "passed",
                    accuracy.passed()
                            + ", because error is "
                            + accuracy.error()
                            + " and gate is "
                            + accuracy.gate());
        }
        return accuracy;
    }
}
