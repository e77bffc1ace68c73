package io.github.lightning4j.results.compare;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.DType;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.Layout;
import io.github.lightning4j.io.DecayText;
import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.results.Fields;
import io.github.lightning4j.results.JsonFile;
import io.github.lightning4j.results.Names;
import io.github.lightning4j.results.Pass;
import io.github.lightning4j.results.text.Words;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

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
    private static final double LEAST_MILLIS = 1e-6;
    private static final double MOST_MILLIS = 1e10;
    private static final double MOST = 1e30;

    /** Whether both measured the same case on the same device. */
    boolean isSameAs(ReportFile other) {
        return device.equals(other.device) && shape.equals(other.shape);
    }

    /** Passes with figures. */
    List<String> passes() {
        return rows.stream()
                .filter(row -> row.figures() != null)
                .map(row -> row.id().pass())
                .toList();
    }

    /** What a row of it is of. */
    Row.Id id(String pass) {
        return new Row.Id(shape, pass, device, hardware);
    }

    /**
     * Reads a file. Fields that a comparison does not need are passed over: those of other versions
     * too.
     *
     * @throws IOException if it cannot be read or is no report
     */
    static ReportFile read(Path file) throws IOException {
        return read(file, JsonFile.read(file, "report of 'lightning bench --json'"));
    }

    private static ReportFile read(Path file, Fields fields) throws MalformedDataException {
        boolean failed = fields.has("failure");
        List<Row> rows = new ArrayList<>();
        ReportFile report =
                new ReportFile(
                        file.toString(),
                        fields.text("device"),
                        failed ? "" : fields.textOr("", "hardware"),
                        failed ? fields.text("shape") : shape(fields),
                        rows);
        if (failed) {
            Row.Id id = report.id(fields.textOr("failed", "pass"));
            rows.add(Row.without(id, fields.text("failure")));
            return report;
        }
        Set<String> passes = new HashSet<>();
        for (Fields figure : fields.objects("figures")) {
            String pass = figure.oneOf("pass", Pass.NAMES);
            if (!passes.add(pass)) {
                throw figure.wrong("pass", "another one in each of the figures");
            }
            rows.add(row(report.id(pass), figure));
        }
        return report;
    }

    private static Row row(Row.Id id, Fields figure) throws MalformedDataException {
        Double worst = null;
        boolean passed = true;
        for (Fields check : figure.objects("checks")) {
            double error = check.has("error") ? check.error("error") : Double.NaN;
            worst = worst == null ? (Double) error : (Double) Math.max(worst, error);
            passed &= check.truth("passed");
        }
        return Row.of(
                id,
                new Row.Figures(
                        kernelMillis(figure),
                        figure.number("p50Millis", LEAST_MILLIS, MOST_MILLIS),
                        figure.number("tokensPerSecond", 1 / MOST, MOST),
                        worst),
                worst != null && passed);
    }

    /** What kernels took; earlier versions wrote 0 where the device has no clock. */
    private static @Nullable Double kernelMillis(Fields figure) throws MalformedDataException {
        Double millis = figure.numberOrNull("kernelMillis", 0, MOST_MILLIS);
        return millis == null || millis == 0 ? null : millis;
    }

    /** The case in words; defaults are left out. */
    private static String shape(Fields report) throws MalformedDataException {
        // Reports of earlier versions have no algorithm.
        Algorithm algorithm = report.valueOr(Algorithm.LIGHTNING_2, "algorithm");
        long batch = report.whole("batch", 1, Long.MAX_VALUE);
        int keyDim = report.count("keyDim");
        int valueDim = report.count("valueDim");
        return "%s%sx%sx%sx%s%s %s%s"
                .formatted(
                        algorithm == Algorithm.LIGHTNING_2 ? "" : Words.optionName(algorithm) + " ",
                        batch,
                        report.count("heads"),
                        report.whole("tokens", 1, Long.MAX_VALUE),
                        keyDim,
                        keyDim == valueDim ? "" : "x" + valueDim,
                        report.oneOf("dtype", Names.of(DType.class)),
                        model(report, algorithm, keyDim, batch));
    }

    /** What else makes the problem another one. */
    private static String model(Fields report, Algorithm algorithm, int keyDim, long batch)
            throws MalformedDataException {
        StringBuilder model = new StringBuilder();
        Layout layout = report.valueOr(Layout.HEADS_FIRST, "layout");
        model.append(layout == Layout.HEADS_FIRST ? "" : ", " + Words.optionName(layout));
        String usual = DecayText.print(algorithm.defaultDecay());
        String decay = report.has("decay") ? report.decay("decay") : usual;
        model.append(decay.equals(usual) ? "" : ", decay " + decay);
        FeatureMap map = report.valueOr(FeatureMap.IDENTITY, "featureMap");
        model.append(map == FeatureMap.IDENTITY ? "" : ", " + Words.optionName(map));
        if (report.has("scale")) {
            double scale = report.number("scale", -Double.MAX_VALUE, Double.MAX_VALUE);
            model.append(scale == algorithm.defaultScale(keyDim) ? "" : ", scale " + scale);
        }
        if (report.has("sequences")) {
            long sequences = report.whole("sequences", 1, Long.MAX_VALUE);
            model.append(sequences == batch ? "" : ", " + sequences + " sequences");
        }
        return model.toString();
    }
}
