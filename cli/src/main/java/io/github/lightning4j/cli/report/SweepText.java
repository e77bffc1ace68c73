package io.github.lightning4j.cli.report;

import io.github.lightning4j.cli.results.Findings;
import io.github.lightning4j.cli.results.Lengths;
import io.github.lightning4j.cli.results.Point;
import io.github.lightning4j.cli.results.SweepResults;
import io.github.lightning4j.cli.results.SweepResults.Series;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** A sweep for terminals: a chart, a table and what they say, for each device. */
public final class SweepText {
    private SweepText() {}

    /**
     * The text.
     *
     * @param results a sweep
     * @return lines
     */
    public static String of(SweepResults results) {
        StringBuilder text = new StringBuilder();
        text.append(
                "lightning4j %s, %s, %s%s%n"
                        .formatted(
                                results.version(),
                                results.date(),
                                results.shape().inWords(),
                                results.complete() ? "" : ", not complete"));
        for (String device : results.devices()) {
            text.append(device(results, device));
        }
        return text.toString();
    }

    private static String device(SweepResults results, String device) {
        List<Series> all = SweepTables.of(results, device);
        String hardware = SweepTables.hardware(results, device);
        StringBuilder text = new StringBuilder();
        text.append("%n%s%s%n".formatted(device, hardware.isEmpty() ? "" : ", " + hardware));
        text.append(chart(all, "tokens/s by tokens", p -> 1e6 / p.microsPerToken()))
                .append(table(all, Point::microsPerToken))
                .append("time per token in µs, end to end\n");
        if (results.hasKernelTimes(device)) {
            text.append(
                            chart(
                                    all,
                                    "time per token in kernels, in ns, by tokens",
                                    SweepTables::kernelNanos))
                    .append(table(all, SweepTables::kernelNanos))
                    .append("time per token in kernels, in ns, copies left out\n");
        }
        for (String words : Findings.inWords(results, device)) {
            text.append(words).append('\n');
        }
        for (Series series : all) {
            Point end = series.end();
            if (end != null) {
                text.append(
                        "%s, %s at %s tokens: %s%n"
                                .formatted(
                                        Look.of(series.algorithm()).shortName(),
                                        end.outcome(),
                                        Lengths.inWords(end.tokens()),
                                        end.reason()));
            }
        }
        return text.toString();
    }

    private static String chart(List<Series> all, String what, ToDoubleFunction<Point> y) {
        List<TextChart.Marked> curves = new ArrayList<>();
        StringBuilder legend = new StringBuilder();
        for (Series series : all) {
            Look look = Look.of(series.algorithm());
            curves.add(new TextChart.Marked(look.mark(), SweepTables.dots(series.measured(), y)));
            legend.append(legend.isEmpty() ? "" : ", ")
                    .append(look.mark())
                    .append(' ')
                    .append(look.shortName());
        }
        String chart = TextChart.of(curves, SweepTables.ticks(SweepTables.lengths(all)));
        return chart.isEmpty() ? "" : "%n%8s  %s: %s%n".formatted("", what, legend) + chart;
    }

    private static String table(List<Series> all, ToDoubleFunction<Point> figure) {
        return "\n"
                + table(
                        SweepTables.byLength(
                                "tokens", all, p -> Numbers.three(figure.applyAsDouble(p))));
    }

    private static String table(Grid grid) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(grid.header());
        rows.addAll(grid.rows());
        int columns = grid.header().size();
        int[] widths = new int[columns];
        rows.forEach(row -> {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        });
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                line.append(i == 0 ? "" : "  ")
                        .append(" ".repeat(widths[i] - row.get(i).length()))
                        .append(row.get(i));
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }
}
