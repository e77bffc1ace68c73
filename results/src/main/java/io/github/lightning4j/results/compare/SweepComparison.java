package io.github.lightning4j.results.compare;

import io.github.lightning4j.io.Quoted;
import io.github.lightning4j.results.Conditions;
import io.github.lightning4j.results.Differences;
import io.github.lightning4j.results.Point;
import io.github.lightning4j.results.Point.Measured;
import io.github.lightning4j.results.RecordFields;
import io.github.lightning4j.results.Shape;
import io.github.lightning4j.results.SweepResults;
import io.github.lightning4j.results.text.Numbers;
import io.github.lightning4j.results.text.Table;
import io.github.lightning4j.results.text.Words;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
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
                    .formatted(
                            Words.name(name),
                            Words.name(version),
                            date,
                            complete ? "" : ", not complete");
        }
    }

    /**
     * A point of a run.
     *
     * @param run name of the file
     * @param id which point
     * @param outcome measured, stopped, refused or failed; {@value #MISSING} where the run has
     *     nothing about a point that the first run measured
     * @param tokensPerSecond end to end, or null where it was not measured
     * @param first how it compares with the first run that measured it on the same device; null in
     *     that run
     * @param timesFirstDevice tokens a second over those of the first device of the same run; null
     *     on that device
     * @param regressed whether it is past the tolerance: slower by either clock, wrong, or not
     *     measured any more
     */
    record Row(
            String run,
            Point.Id id,
            String outcome,
            @Nullable Double tokensPerSecond,
            @Nullable Ratio first,
            @Nullable Double timesFirstDevice,
            boolean regressed) {
        static Row without(String run, Point.Id id, String outcome, boolean regressed) {
            return new Row(run, id, outcome, null, null, null, regressed);
        }
    }

    /**
     * Reads sweeps of one shape.
     *
     * @param tolerance how much slower is no regression; 1 for any, and then what a run does not
     *     have is none either
     */
    public static SweepComparison read(List<Path> files, double tolerance) throws IOException {
        List<SweepResults> all = new ArrayList<>();
        List<Run> runs = new ArrayList<>();
        Map<Path, Integer> times = new HashMap<>();
        for (Path file : files) {
            SweepResults results = SweepResults.read(file);
            if (!all.isEmpty()) {
                checkShape(file, results, files.getFirst(), all.getFirst());
            }
            all.add(results);
            int time = times.merge(file, 1, Integer::sum);
            runs.add(
                    new Run(
                            time == 1 ? file.toString() : "%s (%s)".formatted(file, time),
                            results.conditions().version(),
                            results.date(),
                            results.complete()));
        }
        List<Row> rows = new ArrayList<>();
        Map<Point.Id, Measured> firsts = new HashMap<>();
        for (int i = 0; i < all.size(); i++) {
            String run = runs.get(i).name();
            rows.addAll(rows(run, all.get(i), firsts, tolerance));
            for (Point.Id id : missing(all.getFirst(), all.get(i))) {
                rows.add(Row.without(run, id, MISSING, tolerance < 1));
            }
        }
        return new SweepComparison(all.getFirst().shape(), runs, rows, notes(all));
    }

    private static void checkShape(
            Path file, SweepResults results, Path firstFile, SweepResults first)
            throws IOException {
        List<String> differences = Differences.between(results.shape(), first.shape());
        if (!differences.isEmpty()) {
            throw new IOException(
                    "%s has another shape than %s: %s; only sweeps of one shape are compared"
                            .formatted(
                                    Quoted.name(file),
                                    Quoted.name(firstFile),
                                    String.join("; ", differences)));
        }
    }

    /** The points of a run; those that are the first of their kind become firsts. */
    private static List<Row> rows(
            String run, SweepResults results, Map<Point.Id, Measured> firsts, double tolerance) {
        Map<Point.Id, Measured> measured = new HashMap<>();
        Point.measured(results.points()).forEach(point -> measured.put(point.id(), point));
        List<Row> rows = new ArrayList<>();
        String firstDevice = results.points().isEmpty() ? "" : results.devices().getFirst();
        for (Point point : results.points()) {
            Measured before = firsts.get(point.id());
            if (point instanceof Measured it) {
                firsts.putIfAbsent(it.id(), it);
                Point.Id same = new Point.Id(firstDevice, it.algorithm(), it.tokens());
                Measured beside = it.id().equals(same) ? null : measured.get(same);
                Ratio ratio = before == null ? null : ratio(it, before);
                rows.add(
                        new Row(
                                run,
                                it.id(),
                                it.outcome(),
                                it.times().tokensPerSecond(),
                                ratio,
                                beside == null ? null : times(it, beside),
                                it.isWrong() || (ratio != null && !ratio.isInside(tolerance))));
            } else {
                boolean regressed = before != null || point.outcome().equals(Point.FAILED);
                rows.add(Row.without(run, point.id(), point.outcome(), regressed));
            }
        }
        return rows;
    }

    private static double times(Measured point, Measured other) {
        return point.times().tokensPerSecond() / other.times().tokensPerSecond();
    }

    private static Ratio ratio(Measured point, Measured before) {
        return Ratio.of(times(point, before), kernelMillis(before), kernelMillis(point));
    }

    private static @Nullable Double kernelMillis(Measured point) {
        return point.kernel() == null ? null : point.kernel().kernelMillis();
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
        Point.measured(results.points())
                .forEach(point -> hardware.putIfAbsent(point.device(), point.hardware()));
        return hardware;
    }

    /** Other systems and threads; where a file does not say how many, they count as the same. */
    private static List<String> differences(SweepResults later, SweepResults first) {
        Conditions before = first.conditions().orThreads(later.conditions().threads());
        Conditions after = later.conditions().orThreads(before.threads());
        return Differences.between(
                new Conditions(before.version(), after.system(), after.threads()), before);
    }

    /**
     * Points that a run should have too. One of other devices alone is there to compare devices,
     * and should have none.
     */
    private static List<Point.Id> missing(SweepResults first, SweepResults later) {
        if (!later.points().isEmpty() && Collections.disjoint(first.devices(), later.devices())) {
            return List.of();
        }
        Set<Point.Id> missing = new LinkedHashSet<>();
        Point.measured(first.points()).forEach(point -> missing.add(point.id()));
        later.points().forEach(point -> missing.remove(point.id()));
        return List.copyOf(missing);
    }

    @Override
    public boolean passed() {
        return rows.stream().noneMatch(Row::regressed);
    }

    @Override
    public List<String> lines() {
        List<String> lines = new ArrayList<>(List.of(shape.inWords()));
        for (int i = 0; i < runs.size(); i++) {
            lines.add("%s: %s".formatted(letter(i), runs.get(i).inWords()));
        }
        String ratios = ratios();
        if (!ratios.isEmpty()) {
            lines.add("(x …): tokens a second over those of " + ratios);
        }
        lines.addAll(notes);
        return lines;
    }

    /** What the ratios in brackets are to; empty where there are none. */
    private String ratios() {
        Map<Point.Id, String> measured = new HashMap<>();
        Map<String, String> firstDevices = new HashMap<>();
        RatioBases bases = new RatioBases(new LinkedHashSet<>(), new LinkedHashSet<>());
        List<String> names = runs.stream().map(Run::name).toList();
        for (Row row : rows) {
            firstDevices.putIfAbsent(row.run, row.id.device());
            if (row.tokensPerSecond != null) {
                String letter = letter(names.indexOf(row.run));
                String first = measured.putIfAbsent(row.id, letter);
                if (row.first != null && first != null) {
                    bases.files().add(first);
                } else if (row.timesFirstDevice != null) {
                    bases.devices().add(firstDevices.getOrDefault(row.run, ""));
                }
            }
        }
        return bases.inWords();
    }

    @Override
    public Object fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("shape", RecordFields.of(shape));
        fields.put("runs", runs);
        fields.put("rows", rows.stream().map(RecordFields::of).toList());
        fields.put("notes", notes);
        return fields;
    }

    private static String letter(int run) {
        return run < 26 ? String.valueOf((char) ('A' + run)) : "run " + (run + 1);
    }

    /** A row for each algorithm and length, a column for each device of each run. */
    @Override
    public Table table() {
        record Column(String run, String device) {}
        record Line(String algorithm, long tokens) {}
        Set<Column> columns = new LinkedHashSet<>();
        Map<Line, Map<Column, Row>> lines = new LinkedHashMap<>();
        for (Row row : rows) {
            Column column = new Column(row.run(), row.id().device());
            columns.add(column);
            lines.computeIfAbsent(
                            new Line(row.id().algorithm(), row.id().tokens()),
                            key -> new HashMap<>())
                    .put(column, row);
        }
        List<String> names = runs.stream().map(Run::name).toList();
        List<String> header = new ArrayList<>(List.of("ALGORITHM", "TOKENS"));
        for (Column column : columns) {
            String letter = runs.size() == 1 ? "" : letter(names.indexOf(column.run)) + " ";
            header.add(letter + column.device);
        }
        Table table = new Table(header.toArray(String[]::new)).numbers(1, header.size() - 1);
        lines.forEach((line, cells) -> {
            List<String> row = new ArrayList<>(List.of(line.algorithm, Long.toString(line.tokens)));
            columns.forEach(column -> row.add(cell(cells.get(column))));
            table.row(row);
        });
        return table;
    }

    private static String cell(@Nullable Row row) {
        if (row == null) {
            return "";
        }
        String verdict = row.regressed() ? " REGRESSED" : "";
        if (row.tokensPerSecond() == null) {
            return row.outcome() + verdict;
        }
        Double times =
                row.first() == null ? row.timesFirstDevice() : (Double) row.first().timesFirst();
        Double kernels = row.first() == null ? null : row.first().timesFirstInKernels();
        String inKernels = kernels == null ? "" : ", kernels x " + Numbers.times(kernels);
        return Numbers.metric(row.tokensPerSecond())
                + (times == null ? "" : " (x " + Numbers.times(times) + inKernels + ")")
                + verdict;
    }
}
