package io.github.lightning4j.cli.compare;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.cli.options.DecayConverter;
import io.github.lightning4j.cli.text.Words;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.jr.ob.JSON;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What {@code lightning bench --json} wrote for a device, or, as {@code {"device", "shape",
 * "failure"}}, why there is none.
 *
 * @param file its name
 * @param device id of the device
 * @param hardware the device in words; empty where it could not run
 * @param shape the case in words
 * @param rows its passes
 */
record ReportFile(String file, String device, String hardware, String shape, List<Row> rows) {
    /** Whether both measured the same case on the same device. */
    boolean isSameAs(ReportFile other) {
        return device.equals(other.device) && shape.equals(other.shape);
    }

    /** Passes with figures. */
    List<String> passes() {
        return rows.stream().filter(row -> row.failure() == null).map(Row::pass).toList();
    }

    /**
     * Reads a file.
     *
     * @throws IOException if it cannot be read or is no report
     */
    static ReportFile read(Path file) throws IOException {
        try {
            Map<String, Object> report = JSON.std.mapFrom(Files.readString(file));
            String device = text(report, "device");
            if (report.get("failure") instanceof String failure) {
                String shape = text(report, "shape");
                Row row = Row.without(shape, text(report, "pass"), device, "", failure);
                return new ReportFile(file.toString(), device, "", shape, List.of(row));
            }
            String shape = shape(report);
            List<Row> rows = new ArrayList<>();
            for (Object figure : field(report, "figures", List.class)) {
                rows.add(row(report, shape, (Map<?, ?>) figure));
            }
            String hardware = report.get("hardware") instanceof String words ? words : "";
            return new ReportFile(file.toString(), device, hardware, shape, rows);
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
                        .filter(a -> Words.optionName(a).equals(report.get("algorithm")))
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
}
