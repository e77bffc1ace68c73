package io.github.lightning4j.results.report;

import io.github.lightning4j.results.text.Numbers;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Curves in letters, for terminals: both axes logarithmic. */
final class TextChart {
    private static final int FEWEST = 20;
    private static final int ROWS = 14;

    /** Columns of the labels on the left. */
    static final int MARGIN = 8;

    private TextChart() {}

    /**
     * A curve.
     *
     * @param mark its letter
     * @param dots its points
     */
    record Marked(char mark, List<Curve.Dot> dots) {}

    /**
     * Draws curves in a number of columns, labels of lengths included; where they meet, the last is
     * seen.
     */
    static String of(List<Marked> curves, List<Figure.Tick> lengths, int columns) {
        int width = Math.max(FEWEST, columns - MARGIN - 3);
        double[] xs = lengths.stream().mapToDouble(Figure.Tick::at).toArray();
        double[] ys =
                curves.stream().flatMap(c -> c.dots().stream()).mapToDouble(Curve.Dot::y).toArray();
        if (ys.length == 0) {
            return "";
        }
        Scale scale =
                new Scale(
                        Math.log(Arrays.stream(xs).min().orElseThrow()),
                        Math.log(Arrays.stream(xs).max().orElseThrow()),
                        Math.log10(Arrays.stream(ys).min().orElseThrow()),
                        Math.log10(Arrays.stream(ys).max().orElseThrow()),
                        width);
        char[][] canvas = new char[ROWS + 1][width];
        for (char[] row : canvas) {
            Arrays.fill(row, ' ');
        }
        for (Marked curve : curves) {
            Curve.Dot before = null;
            for (Curve.Dot dot : curve.dots()) {
                int x = scale.column(dot.x());
                int y = scale.row(dot.y());
                if (before != null) {
                    line(canvas, scale.column(before.x()), scale.row(before.y()), x, y);
                }
                before = dot;
            }
        }
        for (Marked curve : curves) {
            for (Curve.Dot dot : curve.dots()) {
                canvas[scale.row(dot.y())][scale.column(dot.x())] = curve.mark();
            }
        }
        StringBuilder text = new StringBuilder();
        for (int y = 0; y <= ROWS; y++) {
            double value = scale.value(y);
            String label = y % 7 == 0 ? Numbers.metric(value) : "";
            text.append(String.format(Locale.ROOT, "%" + MARGIN + "s |", label))
                    .append(new String(canvas[y]).stripTrailing())
                    .append('\n');
        }
        return text.append(" ".repeat(MARGIN + 1))
                .append('+')
                .append("-".repeat(width))
                .append('\n')
                .append(labels(lengths, scale))
                .append('\n')
                .toString();
    }

    private static String labels(List<Figure.Tick> lengths, Scale scale) {
        StringBuilder line = new StringBuilder(" ".repeat(MARGIN + 2));
        for (Figure.Tick tick : lengths) {
            int at = MARGIN + 2 + scale.column(tick.at()) - tick.label().length() / 2;
            if (at > line.length() || line.toString().isBlank()) {
                line.append(" ".repeat(Math.max(0, at - line.length()))).append(tick.label());
            }
        }
        return line.toString();
    }

    private static void line(char[][] canvas, int x0, int y0, int x1, int y1) {
        for (int x = x0 + 1; x < x1; x++) {
            int y = (int) Math.round(y0 + (y1 - y0) * (x - x0) / (double) (x1 - x0));
            canvas[y][x] = '.';
        }
    }

    /** Logarithms of both ends of both axes, and the columns of the plot. */
    private record Scale(double left, double right, double low, double top, int width) {
        private double high() {
            return Math.max(top, low + 0.1);
        }

        int column(double x) {
            return right <= left
                    ? 0
                    : (int) Math.round((Math.log(x) - left) / (right - left) * (width - 1));
        }

        int row(double y) {
            return (int) Math.round((high() - Math.log10(y)) / (high() - low) * ROWS);
        }

        double value(int row) {
            return Math.pow(10, high() - (high() - low) * row / ROWS);
        }
    }
}
