package io.github.lightning4j.results.compare;

import io.github.lightning4j.results.text.Table;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Reports of {@code lightning bench} side by side; {@code --json} prints it under these names.
 *
 * @param rows by shape and pass, in the order of the reports
 * @param notes devices that are other hardware than in the first report of the same id, in words
 */
public record Comparison(List<Row> rows, List<String> notes) implements Result {
    private static final String MISSING = "missing; the first report has it";

    private static final String[] HEADER = {
        "CASE",
        "DEVICE",
        "KERNELS",
        "END TO END",
        "TOKENS/S",
        "TIMES CPU",
        "TIMES FIRST",
        "WORST ERROR"
    };

    /**
     * Reads reports and compares them.
     *
     * @param tolerance how much slower is no regression; 1 for any, and then what a report does not
     *     have is none either
     */
    public static Comparison read(List<Path> files, double tolerance) throws IOException {
        List<ReportFile> reports = new ArrayList<>();
        Map<String, List<Row>> cases = new LinkedHashMap<>();
        for (Path file : files) {
            ReportFile report = ReportFile.read(file);
            List<Row> rows = new ArrayList<>(report.rows());
            if (tolerance < 1) {
                rows.addAll(missing(reports, report));
            }
            rows.forEach(row ->
                    cases.computeIfAbsent(row.id().caption(), caption -> new ArrayList<>())
                            .add(row));
            reports.add(report);
        }
        List<Row> rows = new ArrayList<>();
        cases.values().forEach(group -> rows.addAll(compared(group, tolerance)));
        return new Comparison(rows, notes(reports));
    }

    /**
     * Passes that a report should have too. One of none but other passes is there beside the first,
     * not after it, and should have none.
     */
    private static List<Row> missing(List<ReportFile> before, ReportFile report) {
        List<String> first =
                before.stream()
                        .filter(other -> other.isSameAs(report) && !other.passes().isEmpty())
                        .findFirst()
                        .map(ReportFile::passes)
                        .orElse(List.of());
        List<String> there = report.rows().stream().map(row -> row.id().pass()).toList();
        if (!there.isEmpty() && Collections.disjoint(first, there)) {
            return List.of();
        }
        return first.stream()
                .filter(pass -> !there.contains(pass))
                .map(pass -> Row.without(report.id(pass), MISSING))
                .toList();
    }

    /** Rows of one case, compared with the CPU's and with the first of their devices. */
    private static List<Row> compared(List<Row> group, double tolerance) {
        double cpu =
                group.stream()
                        .filter(row -> row.id().device().startsWith("cpu"))
                        .map(Row::figures)
                        .filter(Objects::nonNull)
                        .mapToDouble(Row.Figures::tokensPerSecond)
                        .max()
                        .orElse(Double.NaN);
        List<Row> rows = new ArrayList<>();
        Map<String, Row> firsts = new LinkedHashMap<>();
        for (Row row : group) {
            Row first = firsts.putIfAbsent(row.id().device(), row);
            rows.add(row.comparedWith(first, tolerance, cpu));
        }
        return rows;
    }

    private static List<String> notes(List<ReportFile> reports) {
        Set<String> notes = new LinkedHashSet<>();
        Map<String, ReportFile> firsts = new LinkedHashMap<>();
        for (ReportFile report : reports) {
            if (report.hardware().isEmpty()) {
                continue;
            }
            ReportFile first = firsts.putIfAbsent(report.device(), report);
            if (first != null && !first.hardware().equals(report.hardware())) {
                notes.add(
                        Result.otherHardware(
                                report.device(),
                                first.hardware(),
                                first.file(),
                                report.hardware(),
                                report.file()));
            }
        }
        return List.copyOf(notes);
    }

    /** Whether every device ran, every pass was checked and passed, and none is missing. */
    @Override
    public boolean passed() {
        return rows.stream().allMatch(Row::passed);
    }

    @Override
    public Table table() {
        Table table = new Table(HEADER).numbers(2, HEADER.length - 2);
        rows.forEach(row -> table.row(row.cells()));
        return table;
    }

    @Override
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        if (rows.stream().anyMatch(row -> row.timesCpu() != null)) {
            lines.add(
                    "TIMES CPU: tokens a second over those of the fastest CPU device in the same"
                            + " case");
        }
        if (rows.stream().anyMatch(row -> row.first() != null)) {
            lines.add(
                    "TIMES FIRST: tokens a second over those of the first report here of the same"
                            + " case and device");
        }
        lines.addAll(notes);
        return lines;
    }

    @Override
    public Object fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("rows", rows.stream().map(Row::fields).toList());
        fields.put("notes", notes);
        return fields;
    }
}
