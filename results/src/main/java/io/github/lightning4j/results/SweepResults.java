package io.github.lightning4j.results;

import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.io.ReplacedFile;
import io.github.lightning4j.results.text.Words;

import org.jspecify.annotations.Nullable;

import tools.jackson.jr.ob.JSON;

import java.io.IOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * A sweep: algorithms by lengths by devices, as it is written to a file and read from it.
 * Immutable.
 *
 * @param conditions version, system and threads
 * @param date when it began, such as {@code 2026-11-24}
 * @param shape what all points have in common
 * @param budget how long each was measured
 * @param complete whether every point that was asked for is there: measured, stopped, refused or
 *     failed
 * @param points in the order of measuring
 */
public record SweepResults(
        Conditions conditions,
        String date,
        Shape shape,
        PointBudget budget,
        boolean complete,
        List<Point> points) {
    /** What {@code schema} of a file says; another number means another form. */
    public static final String SCHEMA = "lightning4j-sweep/1";

    /** More than any machine has; each has a section of the page to itself. */
    private static final int MOST_DEVICES = 64;

    private static final String WHAT = "results file of 'lightning bench --algorithms …'";

    private static final JSON PRETTY =
            JSON.std.with(
                    JSON.Feature.PRETTY_PRINT_OUTPUT,
                    JSON.Feature.WRITE_NULL_PROPERTIES,
                    JSON.Feature.FAIL_ON_UNKNOWN_TYPE_WRITE);

    /** Reads a file of {@code lightning bench --algorithms … -o}. */
    public static SweepResults read(Path file) throws IOException {
        return read(JsonFile.read(file, WHAT));
    }

    /**
     * Reads a document.
     *
     * @param name what errors call it
     * @param text JSON
     */
    public static SweepResults parse(String name, String text) throws MalformedDataException {
        return read(JsonFile.parse(name + " is no " + WHAT, text));
    }

    /**
     * Reads a document.
     *
     * @throws MalformedDataException if a field is missing or cannot be what it should, by its name
     */
    public static SweepResults read(Fields fields) throws MalformedDataException {
        fields.oneOf("schema", List.of(SCHEMA));
        Long threads = fields.wholeOrNull("threads", 1, Integer.MAX_VALUE);
        Conditions conditions =
                new Conditions(
                        fields.text("version"),
                        fields.text("system"),
                        threads == null ? null : threads.intValue());
        String date = fields.text("date");
        try {
            LocalDate.parse(date);
        } catch (DateTimeException e) {
            throw fields.wrong("date", "a day such as 2026-11-24");
        }
        Shape shape = Shape.read(fields.object("shape"));
        SweepResults results =
                new SweepResults(
                        conditions,
                        date,
                        shape,
                        PointBudget.read(fields.object("budget")),
                        fields.truth("complete"),
                        points(fields.objects("points"), shape.batches()));
        fields.end();
        if (results.devices().size() > MOST_DEVICES) {
            throw fields.wrong("points", "of at most %s devices".formatted(MOST_DEVICES));
        }
        return results;
    }

    private static List<Point> points(List<Fields> all, Shape.Batches batches)
            throws MalformedDataException {
        List<Point> points = new ArrayList<>();
        Map<Point.Id, Integer> places = new HashMap<>();
        Map<String, String> hardware = new HashMap<>();
        for (Fields fields : all) {
            Point point = PointFields.read(fields);
            Integer same = places.putIfAbsent(point.id(), points.size());
            if (same != null) {
                throw fields.wrong(
                        "tokens",
                        "another length, because points[%s] is that one on the same device"
                                .formatted(same));
            }
            if (!batches.isWholeAt(point.tokens())) {
                throw fields.wrong("tokens", "a part of shape.totalTokens");
            }
            if (point instanceof Point.Measured measured) {
                String before = hardware.putIfAbsent(point.device(), measured.hardware());
                if (before != null && !before.equals(measured.hardware())) {
                    throw fields.wrong("hardware", "that of the points before on the same device");
                }
                checkSpeed(fields, measured.times(), batches.at(point.tokens()) * point.tokens());
            }
            points.add(point);
        }
        return List.copyOf(points);
    }

    private static void checkSpeed(Fields fields, Point.Times times, long tokens)
            throws MalformedDataException {
        double speed = tokens / (times.p50Millis() / 1e3);
        if (!(Math.abs(times.tokensPerSecond() / speed - 1) < 1e-6)) {
            throw fields.wrong(
                    "tokensPerSecond",
                    "%s, because p50Millis is %s".formatted(speed, times.p50Millis()));
        }
    }

    /**
     * Writes a file, whole or not at all; one that is there is so until the new one takes its
     * place.
     */
    public void write(Path file) throws IOException {
        ReplacedFile.writeString(file, json());
    }

    /** The document, in lines. */
    public String json() throws IOException {
        Map<String, @Nullable Object> fields = new TreeMap<>(RecordFields.of(conditions));
        fields.put("schema", SCHEMA);
        fields.put("date", date);
        fields.put("shape", new TreeMap<>(RecordFields.of(shape)));
        fields.put("budget", new TreeMap<>(RecordFields.of(budget)));
        fields.put("complete", complete);
        fields.put("points", points.stream().map(p -> new TreeMap<>(PointFields.of(p))).toList());
        return Words.visible(PRETTY.asString(fields)) + "\n";
    }

    /** One more point; it takes the place of one of the same device, algorithm and length. */
    public SweepResults with(Point point) {
        List<Point> all = new ArrayList<>(points);
        all.removeIf(other -> other.id().equals(point.id()));
        all.add(point);
        return with(all, complete);
    }

    /** The same with other points, and whether every one is there. */
    public SweepResults with(List<Point> all, boolean isComplete) {
        return new SweepResults(conditions, date, shape, budget, isComplete, List.copyOf(all));
    }

    /**
     * The devices and their series, both in the order in which their first points were measured.
     */
    public List<DeviceResults> byDevice() {
        Map<String, Map<String, NavigableMap<Long, Point>>> groups = new LinkedHashMap<>();
        for (Point point : points) {
            groups.computeIfAbsent(point.device(), device -> new LinkedHashMap<>())
                    .computeIfAbsent(point.algorithm(), algorithm -> new TreeMap<>())
                    .put(point.tokens(), point);
        }
        List<DeviceResults> devices = new ArrayList<>();
        groups.forEach((device, series) ->
                devices.add(
                        new DeviceResults(
                                device,
                                devices.size(),
                                series.values().stream().map(Series::new).toList())));
        return devices;
    }

    /** Ids of the devices, in the order of measuring. */
    public List<String> devices() {
        return points.stream().map(Point::device).distinct().toList();
    }

    /** Whether no error is past its gate and nothing failed; points may be stopped or refused. */
    public boolean passed() {
        return points.stream().noneMatch(point -> point.outcome().equals(Point.FAILED))
                && Point.measured(points).noneMatch(Point.Measured::isWrong);
    }
}
