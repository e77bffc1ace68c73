package io.github.lightning4j.cli.compare;

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
     * A pass on a device.
     *
     * @param shape the case in words
     * @param pass forward, forward+backward or decode
     * @param device id of the device
     * @param hardware the device in words
     * @param kernelMillis median of what kernels took, or null where the device has no clock
     * @param endToEndMillis median of the call, with all copies
     * @param tokensPerSecond tokens a second, end to end
     * @param timesCpu tokens a second over those of the CPU backend, or null where that is missing
     * @param timesFirst tokens a second over those of the first report of the same device, or null
     *     in that one
     * @param timesFirstInKernels what kernels took in the first report of the same device over what
     *     they take here, or null in that one and where either has no clock
     * @param worstError largest relative error against the float64 definition, or null where
     *     nothing was checked
     * @param passed whether something was checked, every error is inside its gate and it is not
     *     past the tolerance by either clock
     * @param failure why there are no figures, or null
     */
    record Row(
            String shape,
            String pass,
            String device,
            String hardware,
            @Nullable Double kernelMillis,
            double endToEndMillis,
            double tokensPerSecond,
            @Nullable Double timesCpu,
            @Nullable Double timesFirst,
            @Nullable Double timesFirstInKernels,
            @Nullable Double worstError,
            boolean passed,
            @Nullable String failure) {

        /** A row without figures. */
        static Row without(
                String shape, String pass, String device, String hardware, String failure) {
            return new Row(
                    shape, pass, device, hardware, null, 0, 0, null, null, null, null, false,
                    failure);
        }

        private Row comparedWith(@Nullable Row first, double tolerance, double cpuTokensPerSecond) {
            if (failure != null) {
                return this;
            }
            Row before = first == null || first.failure != null ? null : first;
            Double times = before == null ? null : tokensPerSecond / before.tokensPerSecond;
            Double kernels = before == null ? null : timesInKernels(before);
            return new Row(
                    shape,
                    pass,
                    device,
                    hardware,
                    kernelMillis,
                    endToEndMillis,
                    tokensPerSecond,
                    Double.isNaN(cpuTokensPerSecond) ? null : tokensPerSecond / cpuTokensPerSecond,
                    times,
                    kernels,
                    worstError,
                    passed && isInside(tolerance, times) && isInside(tolerance, kernels),
                    failure);
        }

        private @Nullable Double timesInKernels(Row first) {
            Double before = first.kernelMillis;
            return before == null || kernelMillis == null ? null : before / kernelMillis;
        }

        private static boolean isInside(double tolerance, @Nullable Double times) {
            return times == null || times >= 1 - tolerance;
        }

        private String caption() {
            return shape + ", " + pass;
        }

        private String[] cells() {
            if (failure != null) {
                return new String[] {caption(), device, "", "", "", "", "", failure};
            }
            return new String[] {
                caption(),
                device,
                kernelMillis == null ? "" : Figures.millis(kernelMillis),
                Figures.millis(endToEndMillis),
                Figures.metric(tokensPerSecond),
                timesCpu == null ? "" : Figures.times(timesCpu),
                timesFirstInWords(),
                worstError == null
                        ? "unchecked"
                        : Figures.error(worstError) + (passed ? "" : " FAILED")
            };
        }

        private String timesFirstInWords() {
            return (timesFirst == null ? "" : Figures.times(timesFirst))
                    + (timesFirstInKernels == null
                            ? ""
                            : ", kernels " + Figures.times(timesFirstInKernels));
        }
    }

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
                    cases.computeIfAbsent(row.caption(), caption -> new ArrayList<>()).add(row));
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
        List<String> there = report.rows().stream().map(Row::pass).toList();
        if (!there.isEmpty() && Collections.disjoint(first, there)) {
            return List.of();
        }
        return first.stream()
                .filter(pass -> !there.contains(pass))
                .map(pass ->
                        Row.without(
                                report.shape(), pass, report.device(), report.hardware(), MISSING))
                .toList();
    }

    /** Rows of one case, compared with the CPU's and with the first of their devices. */
    private static List<Row> compared(List<Row> group, double tolerance) {
        double cpu =
                group.stream()
                        .filter(row -> row.device().startsWith("cpu") && row.failure() == null)
                        .mapToDouble(Row::tokensPerSecond)
                        .max()
                        .orElse(Double.NaN);
        List<Row> rows = new ArrayList<>();
        Map<String, Row> firsts = new LinkedHashMap<>();
        for (Row row : group) {
            Row first = firsts.putIfAbsent(row.device(), row);
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

    /** For people. */
    @Override
    public String text() {
        Table table = new Table(HEADER);
        rows.forEach(row -> table.row(row.cells()));
        StringBuilder text = new StringBuilder(table.toString());
        notes.forEach(note -> text.append("%s%n".formatted(note)));
        return text.toString();
    }

    /** The same as Markdown. */
    @Override
    public String markdown() {
        StringBuilder text = new StringBuilder();
        text.append(line(HEADER)).append("|---|---|--:|--:|--:|--:|--:|---|").append('\n');
        rows.forEach(row -> text.append(line(row.cells())));
        notes.forEach(note -> text.append("\n%s\n".formatted(note)));
        return text.toString();
    }

    private static String line(String[] cells) {
        return "| " + String.join(" | ", cells) + " |\n";
    }
}
