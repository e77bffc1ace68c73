package io.github.lightning4j.cli.measure;

import io.github.lightning4j.Ceilings;
import io.github.lightning4j.cli.checks.Check;
import io.github.lightning4j.cli.text.Figures;
import io.github.lightning4j.cli.text.Table;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;

/**
 * What {@code lightning bench} measured; {@code --json} prints it under these names.
 *
 * @param version of lightning4j
 * @param algorithm which attention
 * @param device id of the device
 * @param hardware the device in words
 * @param batch B
 * @param heads H
 * @param tokens N, the extent of the token axis; decoding takes one of each sequence
 * @param keyDim D
 * @param valueDim E
 * @param sequences R
 * @param dtype of q, k, v and o
 * @param layout of q, k, v and o
 * @param decay where the slopes come from
 * @param featureMap φ
 * @param scale c
 * @param blockRows L, which operations are counted with
 * @param warmUpSeconds calls before the clock, for each pass, at the least
 * @param interrupted whether Ctrl-C ended it early
 * @param figures one for each pass
 */
public record BenchReport(
        String version,
        String algorithm,
        String device,
        String hardware,
        long batch,
        int heads,
        long tokens,
        int keyDim,
        int valueDim,
        int sequences,
        String dtype,
        String layout,
        String decay,
        String featureMap,
        double scale,
        int blockRows,
        double warmUpSeconds,
        boolean interrupted,
        List<BenchFigure> figures) {

    /** Whether every check passed. */
    public boolean passed() {
        return figures.stream().flatMap(f -> f.checks().stream()).allMatch(Check::passed);
    }

    /** For people. */
    public String text() {
        Table about = new Table("", "");
        about.row("device", device + ", " + hardware);
        about.row(
                "shape",
                String.format(
                        Locale.ROOT,
                        "B %d, H %d, N %d, D %d, E %d%s",
                        batch,
                        heads,
                        tokens,
                        keyDim,
                        valueDim,
                        sequences == batch ? "" : ", " + sequences + " packed sequences"));
        about.row(
                "model",
                String.format(
                        Locale.ROOT,
                        "%s, %s, %s, %s, %s, scale %s",
                        algorithm,
                        dtype,
                        layout,
                        decay,
                        featureMap,
                        scale));
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
                    figure.pass(),
                    Integer.toString(figure.calls()),
                    Figures.millis(figure.minMillis()),
                    Figures.millis(figure.p5Millis()),
                    Figures.millis(figure.p50Millis()),
                    Figures.millis(figure.p95Millis()),
                    kernels(figure.kernelMillis()),
                    Figures.metric(figure.tokensPerSecond()),
                    Figures.metric(figure.operationsPerSecond()),
                    share(figure.peakShare()),
                    Figures.metric(figure.bytesPerSecond()),
                    share(figure.bandwidthShare()));
        }
        Table after = new Table("", "");
        for (BenchFigure figure : figures) {
            Ceilings ceilings = figure.ceilings();
            if (ceilings != null) {
                after.row(figure.pass() + " ceilings", inWords(ceilings));
            }
            for (Check check : figure.checks()) {
                after.row(figure.pass() + " " + check.what(), check.inWords());
            }
        }
        return String.format(
                Locale.ROOT, "%s%n%s%n%s%s", about, table, after, interrupted ? "interrupted" : "");
    }

    private static String inWords(Ceilings ceilings) {
        return String.format(
                Locale.ROOT,
                "%sFLOP/s of multiply-adds, %sB/s reading %s again and again; threads: %d",
                unit(ceilings.flops()),
                unit(ceilings.readBytesPerSecond()),
                Figures.bytes(ceilings.workingSetBytes()),
                ceilings.threads());
    }

    /** A number before its unit: {@code 3.42 G} for GB/s. */
    private static String unit(double value) {
        String figure = Figures.metric(value);
        return figure.contains(" ") ? figure : figure + " ";
    }

    private static String kernels(@Nullable Double millis) {
        return millis == null ? "" : Figures.millis(millis);
    }

    private static String share(@Nullable Double share) {
        return share == null ? "" : String.format(Locale.ROOT, "%.0f %%", 100 * share);
    }
}
