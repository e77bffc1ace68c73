package io.github.lightning4j.cli.report;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Curves in letters, for terminals: both axes logarithmic. */
final class TextChart {
    private static final int COLUMNS = 56;
    private static final int ROWS = 14;
    private static final int MARGIN = 8;

    private TextChart() {}

    /**
     * A curve.
     *
     * @param mark its letter
     * @param dots its points
     */
    record Marked(char mark, List<Curve.Dot> dots) {}

    /** Draws curves; where they meet, the last is seen. */
    static String of(List<Marked> curves, List<Figure.Tick> lengths) {
        double[] xs = lengths.stream().mapToDouble(Figure.Tick::at).toArray();
        double[] ys =
                curves.stream().flatMap(c -> c.dots().stream()).mapToDouble(Curve.Dot::y).toArray();
        if (ys.length == 0) {
            return "";
        }
        double left = Math.log(Arrays.stream(xs).min().orElseThrow());
        double right = Math.log(Arrays.stream(xs).max().orElseThrow());
        double low = Math.log10(Arrays.stream(ys).min().orElseThrow());
        double high = Math.log10(Arrays.stream(ys).max().orElseThrow());
        high = Math.max(high, low + 0.1);
        char[][] canvas = new char[ROWS + 1][COLUMNS + 1];
        for (char[] row : canvas) {
            Arrays.fill(row, ' ');
        }
        for (Marked curve : curves) {
            Curve.Dot before = null;
            for (Curve.Dot dot : curve.dots()) {
                int x = column(dot.x(), left, right);
                int y = row(dot.y(), low, high);
                if (before != null) {
                    line(canvas, column(before.x(), left, right), row(before.y(), low, high), x, y);
                }
                before = dot;
            }
        }
        for (Marked curve : curves) {
            for (Curve.Dot dot : curve.dots()) {
                canvas[row(dot.y(), low, high)][column(dot.x(), left, right)] = curve.mark();
            }
        }
        StringBuilder text = new StringBuilder();
        for (int y = 0; y <= ROWS; y++) {
            double value = Math.pow(10, high - (high - low) * y / ROWS);
            String label = y % 7 == 0 ? Numbers.metric(value) : "";
            text.append(String.format(Locale.ROOT, "%" + MARGIN + "s |", label))
                    .append(new String(canvas[y]).stripTrailing())
                    .append('\n');
        }
        return text.append(" ".repeat(MARGIN + 1))
                .append('+')
                .append("-".repeat(COLUMNS + 1))
                .append('\n')
                .append(labels(lengths, left, right))
                .append('\n')
                .toString();
    }

    private static String labels(List<Figure.Tick> lengths, double left, double right) {
        StringBuilder line = new StringBuilder(" ".repeat(MARGIN + 2));
        for (Figure.Tick tick : lengths) {
            int at = MARGIN + 2 + column(tick.at(), left, right) - tick.label().length() / 2;
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

    private static int column(double x, double left, double right) {
        return right <= left
                ? 0
                : (int) Math.round((Math.log(x) - left) / (right - left) * COLUMNS);
    }

    private static int row(double y, double low, double high) {
        return (int) Math.round((high - Math.log10(y)) / (high - low) * ROWS);
    }
}
