package io.github.lightning4j.cli.results;

import io.github.lightning4j.io.ReplacedFile;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.jr.ob.JSON;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A sweep: algorithms by lengths by devices. docs/results.md describes the file. Immutable.
 *
 * @param schema {@link #SCHEMA}
 * @param version of lightning4j
 * @param date when it began, such as {@code 2026-11-24}
 * @param system operating system and Java
 * @param threads of the CPU backend, or null where an older version did not say
 * @param shape what all points have in common
 * @param budget how long each was measured
 * @param complete whether every point that was asked for is there: measured, stopped, refused or
 *     failed
 * @param points in the order of measuring
 */
public record SweepResults(
        String schema,
        String version,
        String date,
        String system,
        @Nullable Integer threads,
        Shape shape,
        Budget budget,
        boolean complete,
        List<Point> points) {
    /** What {@link #schema} says; another number means another form. */
    public static final String SCHEMA = "lightning4j-sweep/1";

    private static final JSON PRETTY =
            JSON.std.with(
                    JSON.Feature.PRETTY_PRINT_OUTPUT,
                    JSON.Feature.WRITE_NULL_PROPERTIES,
                    JSON.Feature.FAIL_ON_UNKNOWN_TYPE_WRITE);

    /**
     * Points of one algorithm on one device, the shortest first.
     *
     * @param device id of the device
     * @param algorithm by its name on the command line
     * @param points measured and not
     */
    public record Series(String device, String algorithm, List<Point> points) {
        /**
         * The points with figures.
         *
         * @return measured points, the shortest first
         */
        public List<Point> measured() {
            return points.stream().filter(Point::hasFigures).toList();
        }

        /**
         * Why it ended where it did.
         *
         * @return the last point, where it was not measured, else null
         */
        public @Nullable Point end() {
            Point last = points.getLast();
            return last.hasFigures() ? null : last;
        }
    }

    /**
     * Reads a file.
     *
     * @param file of {@code lightning bench --algorithms … -o}
     * @return the results
     * @throws IOException if it cannot be read or is something else
     */
    public static SweepResults read(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException(file + " is a folder, no results file");
        }
        try {
            return parse(file.toString(), Files.readString(file));
        } catch (CharacterCodingException e) {
            throw new IOException(file + " is no results file: it is no text", e);
        }
    }

    /**
     * Reads a document.
     *
     * @param name what errors call it
     * @param text JSON
     * @return the results
     * @throws IOException if it is something else
     */
    public static SweepResults parse(String name, String text) throws IOException {
        try {
            Object document = JSON.std.anyFrom(text);
            Object schema = document instanceof Map<?, ?> map ? map.get("schema") : null;
            if (!SCHEMA.equals(schema)) {
                throw new IOException(
                        "%s has schema %s; it must be %s, as 'lightning bench --algorithms … -o'"
                                        .formatted(name, schema, SCHEMA)
                                + " writes");
            }
            SweepResults results = RecordReader.read(SweepResults.class, document, "");
            Rules.check(results);
            return results;
        } catch (JacksonException | IllegalArgumentException e) {
            throw new IOException(
                    "%s is no results file of 'lightning bench --algorithms …': %s"
                            .formatted(name, inALine(e)),
                    e);
        }
    }

    private static String inALine(Exception e) {
        return e instanceof JacksonException json
                ? json.getOriginalMessage()
                : String.valueOf(e.getMessage());
    }

    /**
     * Writes a file, whole or not at all; one that is there is so until the new one takes its
     * place.
     *
     * @param file where to
     * @throws IOException if it cannot be written
     */
    public void write(Path file) throws IOException {
        ReplacedFile.writeString(file, json());
    }

    /**
     * The document.
     *
     * @return JSON in lines
     * @throws IOException never
     */
    public String json() throws IOException {
        return PRETTY.asString(this) + "\n";
    }

    /**
     * One more point.
     *
     * @param point to add; it takes the place of one of the same device, algorithm and length
     * @return new results
     */
    public SweepResults with(Point point) {
        List<Point> all = new ArrayList<>(points);
        all.removeIf(point::isSameAs);
        all.add(point);
        return with(all, complete);
    }

    /**
     * The same with other points.
     *
     * @param all the points
     * @param isComplete whether every one is there
     * @return new results
     */
    public SweepResults with(List<Point> all, boolean isComplete) {
        return new SweepResults(
                schema,
                version,
                date,
                system,
                threads,
                shape,
                budget,
                isComplete,
                List.copyOf(all));
    }

    /**
     * Points by device and algorithm.
     *
     * @return the series, in the order in which their first points were measured
     */
    public List<Series> series() {
        Map<String, List<Point>> groups = new LinkedHashMap<>();
        for (Point point : points) {
            groups.computeIfAbsent(
                            point.device() + " " + point.algorithm(), key -> new ArrayList<>())
                    .add(point);
        }
        List<Series> series = new ArrayList<>();
        for (List<Point> group : groups.values()) {
            group.sort((a, b) -> Long.compare(a.tokens(), b.tokens()));
            Point first = group.getFirst();
            series.add(new Series(first.device(), first.algorithm(), List.copyOf(group)));
        }
        return series;
    }

    /**
     * The devices.
     *
     * @return ids, in the order of measuring
     */
    public List<String> devices() {
        return points.stream().map(Point::device).distinct().toList();
    }

    /**
     * A series.
     *
     * @param device id of the device
     * @param algorithm by its name on the command line
     * @return its measured points; empty where there are none
     */
    public List<Point> measured(String device, String algorithm) {
        return series().stream()
                .filter(s -> s.device().equals(device) && s.algorithm().equals(algorithm))
                .flatMap(s -> s.measured().stream())
                .toList();
    }

    /**
     * Whether a device has a clock of its own.
     *
     * @param device id of the device
     * @return true where a point has the time of its kernels
     */
    public boolean hasKernelTimes(String device) {
        return points.stream().anyMatch(p -> p.device().equals(device) && p.kernelMillis() != null);
    }

    /**
     * Whether no error is past its gate and nothing failed.
     *
     * @return true also where points were stopped or refused
     */
    public boolean passed() {
        return points.stream()
                .noneMatch(
                        p -> p.outcome().equals(Point.FAILED) || Boolean.FALSE.equals(p.passed()));
    }
}
