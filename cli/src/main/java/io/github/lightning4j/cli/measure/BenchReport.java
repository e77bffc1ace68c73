package io.github.lightning4j.cli.measure;

import io.github.lightning4j.Ceilings;
import io.github.lightning4j.cli.checks.Check;
import io.github.lightning4j.results.Caveats;
import io.github.lightning4j.results.text.Numbers;
import io.github.lightning4j.results.text.Table;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code lightning bench} measured.
 *
 * @param version of lightning4j
 * @param subject what ran where; decoding takes one token of each sequence
 * @param blockRows L, which operations are counted with
 * @param warmUpSeconds calls before the clock, for each pass, at the least
 * @param deviceTensors whether passes read and wrote tensors that the device had allocated
 * @param interrupted whether Ctrl-C ended it early
 * @param figures one for each pass
 */
public record BenchReport(
        String version,
        Subject subject,
        int blockRows,
        double warmUpSeconds,
        boolean deviceTensors,
        boolean interrupted,
        List<BenchFigure> figures) {

    /** Whether every check passed. */
    public boolean passed() {
        return figures.stream().flatMap(f -> f.checks().stream()).allMatch(Check::passed);
    }

    /** For programs: what {@code --json} prints. */
    public Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("version", version);
        fields.putAll(subject.fields());
        fields.put("blockRows", blockRows);
        fields.put("warmUpSeconds", warmUpSeconds);
        fields.put("deviceTensors", deviceTensors);
        fields.put("interrupted", interrupted);
        String device = subject.device().id();
        fields.put("figures", figures.stream().map(figure -> figure.fields(device)).toList());
        return fields;
    }

    /** For people. */
    public String text() {
        Table about = new Table("", "");
        subject.describe(about);
        if (deviceTensors) {
            about.row("tensors", "in memory from which the device copies directly");
        }
        Table table =
                new Table(
                        "PASS",
                        "CALLS",
                        "MIN",
                        "P5",
                        "P50",
                        "P95",
                        "KERNELS",
                        "TOKENS/S",
                        "FLOP/S",
                        "OF PEAK",
                        "BYTES/S",
                        "OF BANDWIDTH");
        for (BenchFigure figure : figures) {
            table.row(
                    figure.pass().words(),
                    Integer.toString(figure.timings().calls()),
                    Numbers.millis(figure.timings().min()),
                    Numbers.millis(figure.timings().percentile(5)),
                    Numbers.millis(figure.timings().percentile(50)),
                    Numbers.millis(figure.timings().percentile(95)),
                    kernels(figure.kernelMillis()),
                    Numbers.metric(figure.tokensPerSecond()),
                    Numbers.metric(figure.operationsPerSecond()),
                    share(figure.peakShare()),
                    Numbers.metric(figure.bytesPerSecond()),
                    share(figure.bandwidthShare()));
        }
        Table after = new Table("", "");
        for (BenchFigure figure : figures) {
            Ceilings ceilings = figure.ceilings();
            if (ceilings != null) {
                after.row(figure.pass().words() + " ceilings", inWords(ceilings));
            }
            for (String note : figure.notes(subject.device().id())) {
                after.row(figure.pass().words() + " note", note);
            }
            for (Check check : figure.checks()) {
                after.row(figure.pass().words() + " " + check.what(), check.inWords());
            }
        }
        return "%s%n%s%n%s%s".formatted(about, table, after, interrupted ? "interrupted" : "");
    }

    private static String inWords(Ceilings ceilings) {
        return "%sFLOP/s of multiply-adds, %sB/s reading %s again and again; threads: %s"
                .formatted(
                        unit(ceilings.flops()),
                        unit(ceilings.readBytesPerSecond()),
                        Numbers.bytes(ceilings.workingSetBytes()),
                        ceilings.threads());
    }

    /** A number before its unit: {@code 3.42 G} for GB/s. */
    private static String unit(double value) {
        String figure = Numbers.metric(value);
        return figure.contains(" ") ? figure : figure + " ";
    }

    private static String kernels(@Nullable Double millis) {
        return millis == null ? "" : Numbers.millis(millis);
    }

    private static String share(@Nullable Double share) {
        return share == null ? "" : Caveats.share(share);
    }
}
