package io.github.lightning4j.cli;

import io.github.lightning4j.Algorithm;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.jr.ob.JSON;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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
record Comparison(List<Row> rows, List<String> notes) implements CompareCommand.Result {
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
        private static Row without(
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
     * A file.
     *
     * @param file its name
     * @param device id of the device
     * @param hardware the device in words; empty where it could not run
     * @param shape the case in words
     * @param rows its passes
     */
    private record Report(
            String file, String device, String hardware, String shape, List<Row> rows) {
        /** Whether both measured the same case on the same device. */
        private boolean isSameAs(Report other) {
            return device.equals(other.device) && shape.equals(other.shape);
        }

        private List<String> passes() {
            return rows.stream().filter(row -> row.failure() == null).map(Row::pass).toList();
        }
    }

    /**
     * Reads reports; where one is {@code {"device", "shape", "failure"}}, why there is none.
     *
     * @param tolerance how much slower is no regression; 1 for any, and then what a report does not
     *     have is none either
     */
    static Comparison read(List<Path> files, double tolerance) throws IOException {
        List<Report> reports = new ArrayList<>();
        Map<String, List<Row>> cases = new LinkedHashMap<>();
        for (Path file : files) {
            Report report = report(file);
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
    private static List<Row> missing(List<Report> before, Report report) {
        List<String> first =
                before.stream()
                        .filter(other -> other.isSameAs(report) && !other.passes().isEmpty())
                        .findFirst()
                        .map(Report::passes)
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

    private static List<String> notes(List<Report> reports) {
        Set<String> notes = new LinkedHashSet<>();
        Map<String, Report> firsts = new LinkedHashMap<>();
        for (Report report : reports) {
            if (report.hardware().isEmpty()) {
                continue;
            }
            Report first = firsts.putIfAbsent(report.device(), report);
            if (first != null && !first.hardware().equals(report.hardware())) {
                notes.add(
                        "%s is %s in %s and %s in %s"
                                .formatted(
                                        report.device(),
                                        first.hardware(),
                                        first.file(),
                                        report.hardware(),
                                        report.file()));
            }
        }
        return List.copyOf(notes);
    }

    private static Report report(Path file) throws IOException {
        try {
            Map<String, Object> report = JSON.std.mapFrom(Files.readString(file));
            String device = text(report, "device");
            if (report.get("failure") instanceof String failure) {
                String shape = text(report, "shape");
                Row row = Row.without(shape, text(report, "pass"), device, "", failure);
                return new Report(file.toString(), device, "", shape, List.of(row));
            }
            String shape = shape(report);
            List<Row> rows = new ArrayList<>();
            for (Object figure : field(report, "figures", List.class)) {
                rows.add(row(report, shape, (Map<?, ?>) figure));
            }
            String hardware = report.get("hardware") instanceof String words ? words : "";
            return new Report(file.toString(), device, hardware, shape, rows);
        } catch (JacksonException | ClassCastException | NullPointerException e) {
            throw new IOException(file + " is no report of 'lightning bench --json'", e);
        }
    }

    private static Row row(Map<String, Object> report, String shape, Map<?, ?> figure) {
        Double worst = null;
        boolean passed = true;
        for (Object check : field(figure, "checks", List.class)) {
            Map<?, ?> fields = (Map<?, ?>) check;
            // JSON has no NaN; Jackson writes it as a string.
            double error =
                    fields.get("error") instanceof Number number
                            ? number.doubleValue()
                            : Double.NaN;
            worst = worst == null ? error : Math.max(worst, error);
            passed &= field(fields, "passed", Boolean.class);
        }
        return new Row(
                shape,
                field(figure, "pass", String.class),
                text(report, "device"),
                text(report, "hardware"),
                figure.get("kernelMillis") instanceof Number n && n.doubleValue() > 0
                        ? n.doubleValue()
                        : null,
                field(figure, "p50Millis", Number.class).doubleValue(),
                field(figure, "tokensPerSecond", Number.class).doubleValue(),
                null,
                null,
                null,
                worst,
                worst != null && passed,
                null);
    }

    /** The case in words; what is as it is by default goes without saying. */
    private static String shape(Map<String, Object> report) {
        Object valueDim = report.get("valueDim");
        boolean square = Objects.equals(report.get("keyDim"), valueDim);
        return "%s%sx%sx%sx%s%s %s%s"
                .formatted(
                        algorithm(report),
                        report.get("batch"),
                        report.get("heads"),
                        report.get("tokens"),
                        report.get("keyDim"),
                        square ? "" : "x" + valueDim,
                        report.get("dtype"),
                        model(report));
    }

    /** What else makes the problem another one. */
    private static String model(Map<String, Object> report) {
        Algorithm algorithm =
                Arrays.stream(Algorithm.values())
                        .filter(a -> ModelOptions.optionName(a).equals(report.get("algorithm")))
                        .findFirst()
                        .orElse(Algorithm.LIGHTNING_2);
        int keyDim = report.get("keyDim") instanceof Number number ? number.intValue() : 1;
        return other(report, "layout", "heads-first", ", %s")
                + other(
                        report,
                        "decay",
                        DecayConverter.format(algorithm.defaultDecay()),
                        ", decay %s")
                + other(report, "featureMap", "identity", ", %s")
                + other(report, "scale", algorithm.defaultScale(keyDim), ", scale %s")
                + other(report, "sequences", report.get("batch"), ", %s sequences");
    }

    /** A field in words where the report has it and it is not the usual one. */
    private static String other(
            Map<String, Object> report, String name, @Nullable Object usual, String words) {
        Object value = report.get(name);
        boolean same =
                (value instanceof Number number && usual instanceof Number other)
                        ? number.doubleValue() == other.doubleValue()
                        : Objects.equals(value, usual);
        return value == null || same ? "" : words.formatted(value);
    }

    /** Reports of earlier versions have none; what was always there goes without saying. */
    private static String algorithm(Map<String, Object> report) {
        Object algorithm = report.get("algorithm");
        return algorithm == null || algorithm.equals("lightning-2") ? "" : algorithm + " ";
    }

    private static <T> T field(Map<?, ?> fields, String name, Class<T> type) {
        return type.cast(Objects.requireNonNull(fields.get(name), name));
    }

    private static String text(Map<String, Object> report, String name) {
        return String.valueOf(report.get(name));
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
