package io.github.lightning4j.cli.report;

import io.github.lightning4j.cli.results.Lengths;
import io.github.lightning4j.cli.results.Point;
import io.github.lightning4j.cli.results.SweepResults;
import io.github.lightning4j.cli.results.SweepResults.Series;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** Points of series in rows and columns, and as dots of curves. */
final class SweepTables {
    private SweepTables() {}

    /** The series of a device, always in the same order. */
    static List<Series> of(SweepResults results, String device) {
        return results.series().stream()
                .filter(s -> s.device().equals(device))
                .sorted(Comparator.comparingInt(s -> Look.of(s.algorithm()).colour()))
                .toList();
    }

    /** All lengths, rising. */
    static List<Long> lengths(List<Series> series) {
        return series.stream()
                .flatMap(s -> s.points().stream())
                .map(Point::tokens)
                .distinct()
                .sorted()
                .toList();
    }

    /** A device in words; empty where nothing was measured on it. */
    static String hardware(SweepResults results, String device) {
        return results.points().stream()
                .filter(p -> p.device().equals(device) && p.hasFigures())
                .map(Point::hardware)
                .findFirst()
                .orElse("");
    }

    /** Nanoseconds of a token in kernels; NaN where the device has no clock of its own. */
    static double kernelNanos(Point point) {
        return 1e3 * point.kernelMicrosPerToken();
    }

    /** Lengths as ticks. */
    static List<Figure.Tick> ticks(List<Long> lengths) {
        return lengths.stream().map(n -> new Figure.Tick(n, Lengths.inWords(n))).toList();
    }

    /** Measured points as dots; those without that figure are left out. */
    static List<Curve.Dot> dots(List<Point> points, ToDoubleFunction<Point> figure) {
        List<Curve.Dot> dots = new ArrayList<>();
        for (Point point : points) {
            double y = figure.applyAsDouble(point);
            if (y > 0) {
                dots.add(new Curve.Dot(point.tokens(), y));
            }
        }
        return dots;
    }

    /** A row for each length, a column for each series of one device. */
    static Grid byLength(String caption, List<Series> series, Function<Point, String> cell) {
        return byLength(caption, series, s -> Look.of(s.algorithm()).shortName(), cell);
    }

    /** A row for each length, a column for each series. */
    static Grid byLength(
            String caption,
            List<Series> series,
            Function<Series, String> name,
            Function<Point, String> cell) {
        List<String> header = new ArrayList<>(List.of("tokens"));
        series.forEach(s -> header.add(name.apply(s)));
        List<List<String>> rows = new ArrayList<>();
        for (long n : lengths(series)) {
            List<String> row = new ArrayList<>(List.of(Lengths.inWords(n)));
            for (Series s : series) {
                row.add(
                        s.points().stream()
                                .filter(p -> p.tokens() == n)
                                .findFirst()
                                .map(p -> p.hasFigures() ? cell.apply(p) : p.outcome())
                                .orElse("–"));
            }
            rows.add(row);
        }
        return new Grid(caption, header, rows);
    }
}
