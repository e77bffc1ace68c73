package io.github.lightning4j.cli.compare;

import io.github.lightning4j.cli.results.Conditions;
import io.github.lightning4j.cli.results.Differences;
import io.github.lightning4j.cli.results.Point;
import io.github.lightning4j.cli.results.Shape;
import io.github.lightning4j.cli.results.SweepResults;
import io.github.lightning4j.cli.text.Figures;
import io.github.lightning4j.cli.text.Table;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Sweeps side by side; {@code --json} prints it under these names.
 *
 * @param shape what all of them measured
 * @param runs files and what they were measured with
 * @param rows every measured point of every run, by algorithm and length
 * @param notes other hardware, threads or systems than in the first run with the same device, in
 *     words; A is the first of runs
 */
public record SweepComparison(Shape shape, List<Run> runs, List<Row> rows, List<String> notes)
        implements Result {
    private static final String MISSING = "missing";

    /**
     * A file.
     *
     * @param name of the file; with a number where it is given more than once
     * @param version of lightning4j
     * @param date when it was measured
     * @param complete false where it was interrupted
     */
    record Run(String name, String version, String date, boolean complete) {
        private String inWords() {
            return "%s, lightning4j %s, %s%s"
                    .formatted(name, version, date, complete ? "" : ", not complete");
        }
    }

    /**
     * A point of a run.
     *
     * @param run name of the file
     * @param device id of the device
     * @param algorithm which attention
     * @param tokens N
     * @param outcome measured, stopped, refused or failed; {@value #MISSING} where the run has
     *     nothing about a point that the first run measured
     * @param tokensPerSecond end to end, or null where it was not measured
     * @param timesFirst over that of the first run that measured it on the same device; null in
     *     that run
     * @param timesFirstInKernels what kernels took in that run over what they take here; null in
     *     that run and where either has no clock
     * @param timesFirstDevice over that of the first device of the same run; null on that device
     * @param regressed whether it is past the tolerance: slower by either clock, wrong, or not
     *     measured any more
     */
    record Row(
            String run,
            String device,
            String algorithm,
            long tokens,
            String outcome,
            @Nullable Double tokensPerSecond,
            @Nullable Double timesFirst,
            @Nullable Double timesFirstInKernels,
            @Nullable Double timesFirstDevice,
            boolean regressed) {}

    /**
     * Reads sweeps of one shape.
     *
     * @param tolerance how much slower is no regression; 1 for any, and then what a run does not
     *     have is none either
     */
    public static SweepComparison read(List<Path> files, double tolerance) throws IOException {
        List<Run> runs = new ArrayList<>();
        List<SweepResults> all = new ArrayList<>();
        for (Path file : files) {
            SweepResults results = SweepResults.read(file);
            if (!all.isEmpty() && !all.getFirst().shape().equals(results.shape())) {
                throw new IOException(
                        "%s has another shape than %s: %s; only sweeps of one shape are compared"
                                .formatted(
                                        file,
                                        files.getFirst(),
                                        String.join(
                                                "; ",
                                                Differences.between(
                                                        results.shape(), all.getFirst().shape()))));
            }
            all.add(results);
            runs.add(
                    new Run(
                            name(file, runs),
                            results.version(),
                            results.date(),
                            results.complete()));
        }
        List<Row> rows = new ArrayList<>();
        Map<String, Point> firsts = new LinkedHashMap<>();
        for (int i = 0; i < all.size(); i++) {
            for (Point point : all.get(i).points()) {
                Point first = firsts.get(key(point));
                rows.add(row(runs.get(i).name(), all.get(i), point, first, tolerance));
                if (point.hasFigures()) {
                    firsts.putIfAbsent(key(point), point);
                }
            }
            for (Point point : missing(all.getFirst(), all.get(i))) {
                rows.add(missing(runs.get(i).name(), point, tolerance < 1));
            }
        }
        return new SweepComparison(all.getFirst().shape(), runs, rows, notes(all));
    }

    /** What other than lightning4j's version may be why a run has other figures on a device. */
    private static List<String> notes(List<SweepResults> all) {
        List<String> notes = new ArrayList<>();
        Map<String, Integer> firsts = new LinkedHashMap<>();
        for (int i = 0; i < all.size(); i++) {
            Set<Integer> others = new LinkedHashSet<>();
            for (Map.Entry<String, String> device : hardware(all.get(i)).entrySet()) {
                Integer first = firsts.putIfAbsent(device.getKey(), i);
                if (first == null) {
                    continue;
                }
                others.add(first);
                String before = hardware(all.get(first)).get(device.getKey());
                if (before != null && !before.equals(device.getValue())) {
                    notes.add(
                            Result.otherHardware(
                                    device.getKey(),
                                    before,
                                    letter(first),
                                    device.getValue(),
                                    letter(i)));
                }
            }
            for (int first : others) {
                List<String> words = differences(all.get(i), all.get(first));
                if (!words.isEmpty()) {
                    notes.add(
                            "%s: %s%s"
                                    .formatted(
                                            letter(i),
                                            String.join("; ", words),
                                            first == 0 ? "" : ", as in " + letter(first)));
                }
            }
        }
        return notes;
    }

    /** The devices that measured something, in words, by their ids. */
    private static Map<String, String> hardware(SweepResults results) {
        Map<String, String> hardware = new LinkedHashMap<>();
        results.points().stream()
                .filter(Point::hasFigures)
                .forEach(p -> hardware.putIfAbsent(p.device(), p.hardware()));
        return hardware;
    }

    /** Other systems and threads; where a file does not say how many, they count as the same. */
    private static List<String> differences(SweepResults later, SweepResults first) {
        Integer threads = later.threads();
        Conditions before = Conditions.of(first, threads == null ? 0 : threads);
        Conditions after = Conditions.of(later, before.threads());
        return Differences.between(
                new Conditions("", after.system(), after.threads()),
                new Conditions("", before.system(), before.threads()));
    }

    private static String name(Path file, List<Run> before) {
        String name = file.toString();
        for (int i = 2; before.stream().map(Run::name).toList().contains(name); i++) {
            name = "%s (%d)".formatted(file, i);
        }
        return name;
    }

    /**
     * Points that a run should have too. One of other devices alone is there to compare devices,
     * and should have none.
     */
    private static List<Point> missing(SweepResults first, SweepResults later) {
        if (!later.points().isEmpty() && Collections.disjoint(first.devices(), later.devices())) {
            return List.of();
        }
        return first.points().stream()
                .filter(p -> p.hasFigures() && later.points().stream().noneMatch(p::isSameAs))
                .toList();
    }

    private static Row missing(String run, Point point, boolean regressed) {
        return new Row(
                run,
                point.device(),
                point.algorithm(),
                point.tokens(),
                MISSING,
                null,
                null,
                null,
                null,
                regressed);
    }

    private static String key(Point point) {
        return point.device() + " " + point.algorithm() + " " + point.tokens();
    }

    private static Row row(
            String run,
            SweepResults results,
            Point point,
            @Nullable Point first,
            double tolerance) {
        Double times = first == null ? null : times(point, first);
        String firstDevice = results.devices().getFirst();
        Double timesDevice =
                point.device().equals(firstDevice)
                        ? null
                        : results.measured(firstDevice, point.algorithm()).stream()
                                .filter(p -> p.tokens() == point.tokens())
                                .findFirst()
                                .map(p -> times(point, p))
                                .orElse(null);
        boolean wrong =
                Boolean.FALSE.equals(point.passed()) || point.outcome().equals(Point.FAILED);
        boolean lost = first != null && !point.hasFigures();
        Double kernels = first == null ? null : timesInKernels(point, first);
        boolean slower =
                (times != null && times < 1 - tolerance)
                        || (kernels != null && kernels < 1 - tolerance);
        return new Row(
                run,
                point.device(),
                point.algorithm(),
                point.tokens(),
                point.outcome(),
                point.tokensPerSecond(),
                times,
                kernels,
                timesDevice,
                wrong || lost || slower);
    }

    private static @Nullable Double times(Point point, Point other) {
        return point.hasFigures() ? other.microsPerToken() / point.microsPerToken() : null;
    }

    private static @Nullable Double timesInKernels(Point point, Point other) {
        Double before = other.kernelMillis();
        Double after = point.kernelMillis();
        return before == null || after == null ? null : before / after;
    }

    @Override
    public boolean passed() {
        return rows.stream().noneMatch(Row::regressed);
    }

    @Override
    public String text() {
        List<String[]> cells = cells();
        Table table = new Table(cells.getFirst());
        cells.subList(1, cells.size()).forEach(table::row);
        StringBuilder text = new StringBuilder(table.toString());
        text.append("%s%n".formatted(shape.inWords()));
        for (int i = 0; i < runs.size(); i++) {
            text.append("%s: %s%n".formatted(letter(i), runs.get(i).inWords()));
        }
        notes.forEach(note -> text.append("%s%n".formatted(note)));
        return text.toString();
    }

    @Override
    public String markdown() {
        StringBuilder text = new StringBuilder();
        List<String[]> cells = cells();
        for (int i = 0; i < cells.size(); i++) {
            text.append("| ").append(String.join(" | ", cells.get(i))).append(" |\n");
            if (i == 0) {
                text.append("|---|--:")
                        .append("|--:".repeat(cells.get(0).length - 2))
                        .append("|\n");
            }
        }
        text.append("\n%s\n".formatted(shape.inWords()));
        for (int i = 0; i < runs.size(); i++) {
            text.append("\n%s: %s\n".formatted(letter(i), runs.get(i).inWords()));
        }
        notes.forEach(note -> text.append("\n%s\n".formatted(note)));
        return text.toString();
    }

    private static String letter(int run) {
        return run < 26 ? String.valueOf((char) ('A' + run)) : "run " + (run + 1);
    }

    /** A row for each algorithm and length, a column for each device of each run. */
    private List<String[]> cells() {
        Set<List<String>> columns = new LinkedHashSet<>();
        Map<List<Object>, Map<List<String>, Row>> lines = new LinkedHashMap<>();
        for (Row row : rows) {
            List<String> column = List.of(row.run(), row.device());
            columns.add(column);
            lines.computeIfAbsent(
                            List.of(row.algorithm(), row.tokens()), key -> new LinkedHashMap<>())
                    .put(column, row);
        }
        List<String> header = new ArrayList<>(List.of("ALGORITHM", "TOKENS"));
        for (List<String> column : columns) {
            int run = runs.stream().map(Run::name).toList().indexOf(column.getFirst());
            header.add((runs.size() == 1 ? "" : letter(run) + " ") + column.getLast());
        }
        List<String[]> cells = new ArrayList<>();
        cells.add(header.toArray(String[]::new));
        lines.forEach((key, line) -> {
            List<String> row = new ArrayList<>();
            key.forEach(part -> row.add(part.toString()));
            columns.forEach(column -> row.add(cell(line.get(column))));
            cells.add(row.toArray(String[]::new));
        });
        return cells;
    }

    private static String cell(@Nullable Row row) {
        if (row == null) {
            return "";
        }
        String verdict = row.regressed() ? " REGRESSED" : "";
        if (row.tokensPerSecond() == null) {
            return row.outcome() + verdict;
        }
        Double times = row.timesFirst() == null ? row.timesFirstDevice() : row.timesFirst();
        Double kernels = row.timesFirstInKernels();
        String inKernels = kernels == null ? "" : ", kernels x " + Figures.times(kernels);
        return Figures.metric(row.tokensPerSecond())
                + (times == null ? "" : " (x " + Figures.times(times) + inKernels + ")")
                + verdict;
    }
}
