package io.github.lightning4j.cli;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.jr.ob.JSON;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Reports of {@code lightning bench} side by side; {@code --json} prints it under these names.
 *
 * @param rows by shape and pass, in the order of the reports
 */
record Comparison(List<Row> rows) implements CompareCommand.Result {
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
     * @param worstError largest relative error against the float64 definition
     * @param passed whether every error is inside its gate and it is not past the tolerance
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
            double worstError,
            boolean passed,
            @Nullable String failure) {

        private Row comparedWith(double cpuTokensPerSecond) {
            return new Row(
                    shape,
                    pass,
                    device,
                    hardware,
                    kernelMillis,
                    endToEndMillis,
                    tokensPerSecond,
                    failure == null ? tokensPerSecond / cpuTokensPerSecond : null,
                    timesFirst,
                    worstError,
                    passed,
                    failure);
        }

        private Row comparedWith(@Nullable Row first, double tolerance) {
            if (first == null || failure != null || first.failure != null) {
                return this;
            }
            double times = tokensPerSecond / first.tokensPerSecond;
            return new Row(
                    shape,
                    pass,
                    device,
                    hardware,
                    kernelMillis,
                    endToEndMillis,
                    tokensPerSecond,
                    timesCpu,
                    times,
                    worstError,
                    passed && times >= 1 - tolerance,
                    failure);
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
                timesFirst == null ? "" : Figures.times(timesFirst),
                Figures.error(worstError) + (passed ? "" : " FAILED")
            };
        }
    }

    /** Reads reports; where one is {@code {"device", "shape", "failure"}}, why there is none. */
    static Comparison read(List<Path> files, double tolerance) throws IOException {
        Map<String, List<Row>> cases = new LinkedHashMap<>();
        for (Path file : files) {
            for (Row row : rows(file)) {
                cases.computeIfAbsent(row.caption(), caption -> new ArrayList<>()).add(row);
            }
        }
        List<Row> rows = new ArrayList<>();
        for (List<Row> group : cases.values()) {
            double cpu =
                    group.stream()
                            .filter(row -> row.device().startsWith("cpu") && row.failure() == null)
                            .mapToDouble(Row::tokensPerSecond)
                            .max()
                            .orElse(Double.NaN);
            Map<String, Row> firsts = new LinkedHashMap<>();
            for (Row row : group) {
                Row first = firsts.putIfAbsent(row.device(), row);
                Row compared = row.comparedWith(first, tolerance);
                rows.add(Double.isNaN(cpu) ? compared : compared.comparedWith(cpu));
            }
        }
        return new Comparison(rows);
    }

    private static List<Row> rows(Path file) throws IOException {
        try {
            Map<String, Object> report = JSON.std.mapFrom(Files.readString(file));
            if (report.get("failure") instanceof String failure) {
                return List.of(
                        new Row(
                                text(report, "shape"),
                                text(report, "pass"),
                                text(report, "device"),
                                "",
                                null,
                                0,
                                0,
                                null,
                                null,
                                Double.NaN,
                                false,
                                failure));
            }
            String shape =
                    "%s%sx%sx%sx%s%s %s"
                            .formatted(
                                    algorithm(report),
                                    report.get("batch"),
                                    report.get("heads"),
                                    report.get("tokens"),
                                    report.get("keyDim"),
                                    Objects.equals(report.get("keyDim"), report.get("valueDim"))
                                            ? ""
                                            : "x" + report.get("valueDim"),
                                    report.get("dtype"));
            List<Row> rows = new ArrayList<>();
            for (Object figure : field(report, "figures", List.class)) {
                rows.add(row(report, shape, (Map<?, ?>) figure));
            }
            return rows;
        } catch (JacksonException | ClassCastException | NullPointerException e) {
            throw new IOException(file + " is no report of 'lightning bench --json'", e);
        }
    }

    private static Row row(Map<String, Object> report, String shape, Map<?, ?> figure) {
        double worst = 0;
        boolean passed = true;
        for (Object check : field(figure, "checks", List.class)) {
            Map<?, ?> fields = (Map<?, ?>) check;
            // JSON has no NaN; Jackson writes it as a string.
            worst =
                    Math.max(
                            worst,
                            fields.get("error") instanceof Number error
                                    ? error.doubleValue()
                                    : Double.NaN);
            passed &= field(fields, "passed", Boolean.class);
        }
        Object kernels = figure.get("kernelMillis");
        return new Row(
                shape,
                field(figure, "pass", String.class),
                text(report, "device"),
                text(report, "hardware"),
                kernels == null ? null : ((Number) kernels).doubleValue(),
                field(figure, "p50Millis", Number.class).doubleValue(),
                field(figure, "tokensPerSecond", Number.class).doubleValue(),
                null,
                null,
                worst,
                passed,
                null);
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

    /** Whether every device ran and every check passed. */
    @Override
    public boolean passed() {
        return rows.stream().allMatch(Row::passed);
    }

    /** For people. */
    @Override
    public String text() {
        Table table = new Table(HEADER);
        rows.forEach(row -> table.row(row.cells()));
        return table.toString();
    }

    /** The same as Markdown. */
    @Override
    public String markdown() {
        StringBuilder text = new StringBuilder();
        text.append(line(HEADER)).append("|---|---|--:|--:|--:|--:|--:|---|").append('\n');
        rows.forEach(row -> text.append(line(row.cells())));
        return text.toString();
    }

    private static String line(String[] cells) {
        return "| " + String.join(" | ", cells) + " |\n";
    }
}
