package io.github.lightning4j.results.report;

import io.github.lightning4j.results.DeviceResults;
import io.github.lightning4j.results.Findings;
import io.github.lightning4j.results.Lengths;
import io.github.lightning4j.results.Point;
import io.github.lightning4j.results.Point.Measured;
import io.github.lightning4j.results.Series;
import io.github.lightning4j.results.SweepResults;
import io.github.lightning4j.results.text.Numbers;
import io.github.lightning4j.results.text.Table;
import io.github.lightning4j.results.text.Words;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** A sweep for terminals: a chart, a table and what they say, for each device. */
public final class SweepText {
    /** Columns of charts and their legends where the terminal has as many. */
    public static final int COLUMNS = 68;

    private final SweepResults results;
    private final int columns;

    private SweepText(SweepResults results, int columns) {
        this.results = results;
        this.columns = columns;
    }

    /**
     * The text for a terminal.
     *
     * @param results a sweep
     * @param columns that charts and their legends may take; more than {@value #COLUMNS} they do
     *     not need
     * @return lines
     */
    public static String of(SweepResults results, int columns) {
        return new SweepText(results, Math.min(columns, COLUMNS)).text();
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        text.append(
                "lightning4j %s, %s, %s%s%n"
                        .formatted(
                                Words.name(results.conditions().version()),
                                results.date(),
                                results.shape().inWords(),
                                results.complete() ? "" : ", not complete"));
        for (DeviceResults device : results.byDevice()) {
            text.append(device(device));
        }
        return text.toString();
    }

    private String device(DeviceResults device) {
        List<Series> all = SweepTables.of(device);
        DeviceName name = DeviceName.of(device);
        String hardware = name.inWords();
        StringBuilder text = new StringBuilder();
        text.append("%n%s%s%n".formatted(name.id(), hardware.isEmpty() ? "" : ", " + hardware));
        text.append(chart(all, "tokens/s by tokens", p -> 1e6 / p.microsPerToken()))
                .append(table(all, Measured::microsPerToken))
                .append("time per token in µs, end to end\n");
        if (device.hasKernelTimes()) {
            text.append(
                            chart(
                                    all,
                                    "time per token in kernels, in ns, by tokens",
                                    SweepTables::kernelNanos))
                    .append(table(all, SweepTables::kernelNanos))
                    .append("time per token in kernels, in ns, copies left out\n");
        }
        for (String words : Findings.inWords(device)) {
            text.append(words).append('\n');
        }
        for (Series series : all) {
            Point.Unmeasured end = series.end();
            if (end != null) {
                text.append(
                        "%s, %s at %s tokens: %s%n"
                                .formatted(
                                        Look.of(series.algorithm()).shortName(),
                                        end.outcome(),
                                        Lengths.inWords(end.tokens()),
                                        Words.said(end.reason())));
            }
        }
        return text.toString();
    }

    private String chart(List<Series> all, String what, ToDoubleFunction<Measured> y) {
        List<TextChart.Marked> curves = new ArrayList<>();
        List<String> legend = new ArrayList<>();
        for (Series series : all) {
            Look look = Look.of(series.algorithm());
            curves.add(new TextChart.Marked(look.mark(), SweepTables.dots(series.measured(), y)));
            legend.add(look.mark() + " " + look.shortName());
        }
        String chart = TextChart.of(curves, SweepTables.ticks(SweepTables.lengths(all)), columns);
        return chart.isEmpty() ? "" : "\n" + legend(what, legend) + chart;
    }

    /** What a chart shows and its marks, in lines as wide as the chart; an entry stays whole. */
    private String legend(String what, List<String> entries) {
        List<String> words = new ArrayList<>(List.of((what + ", log scales:").split(" ")));
        for (int i = 0; i < entries.size(); i++) {
            words.add(entries.get(i) + (i < entries.size() - 1 ? "," : ""));
        }
        String indent = " ".repeat(TextChart.MARGIN + 1);
        StringBuilder text = new StringBuilder();
        StringBuilder line = new StringBuilder(indent);
        for (String word : words) {
            if (line.length() + 1 + word.length() > columns) {
                text.append(line).append('\n');
                line = new StringBuilder(indent);
            }
            line.append(' ').append(word);
        }
        return text.append(line).append('\n').toString();
    }

    private static String table(List<Series> all, ToDoubleFunction<Measured> figure) {
        return "\n"
                + table(
                        SweepTables.byLength(
                                "tokens", all, p -> Numbers.three(figure.applyAsDouble(p))));
    }

    private static String table(Grid grid) {
        Table table = new Table(grid.header().toArray(String[]::new));
        grid.rows().forEach(table::row);
        return table.numbers(0, grid.header().size()).toString();
    }
}
