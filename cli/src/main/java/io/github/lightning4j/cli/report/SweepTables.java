package io.github.lightning4j.cli.report;

import io.github.lightning4j.cli.results.Lengths;
import io.github.lightning4j.cli.results.Point;
import io.github.lightning4j.cli.results.SweepResults;
import io.github.lightning4j.cli.results.SweepResults.Series;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** Points of series in rows and columns, and as dots of curves. */
final class SweepTables {
    /** Number of the colour of gates and limits. */
    static final int BOUND = 21;

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

    /** A figure that may be missing; NaN where it is. */
    static double number(@Nullable Number number) {
        return number == null ? Double.NaN : number.doubleValue();
    }

    /** The error of a point; NaN where it is not known. */
    static double error(Point point) {
        return number(point.error());
    }

    /** What stands after the error of a point that is past its gate. */
    static String verdict(Point point) {
        return Boolean.FALSE.equals(point.passed()) ? " FAILED" : "";
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

    /** The axis of lengths. */
    static Figure.Axis lengthAxis(SweepResults results, List<Series> series) {
        List<Long> lengths =
                series.stream()
                        .flatMap(s -> s.measured().stream())
                        .map(Point::tokens)
                        .distinct()
                        .sorted()
                        .toList();
        String batch = results.shape().batchInWords();
        return new Figure.Axis(batch == null ? "tokens" : "tokens N, " + batch, ticks(lengths));
    }

    /** The gates of series: one curve where all have the same at a length, else more. */
    static List<Curve> gates(List<Series> series) {
        List<Map<Long, Double>> gates = new ArrayList<>();
        for (Series s : series) {
            Map<Long, Double> own = new TreeMap<>();
            for (Point p : s.measured()) {
                if (p.gate() != null) {
                    own.put(p.tokens(), p.gate());
                }
            }
            gates.stream()
                    .filter(gate ->
                            own.entrySet().stream()
                                    .allMatch(e ->
                                            gate.getOrDefault(e.getKey(), e.getValue())
                                                    .equals(e.getValue())))
                    .findFirst()
                    .ifPresentOrElse(gate -> gate.putAll(own), () -> gates.add(own));
        }
        return gates.stream()
                .filter(gate -> !gate.isEmpty())
                .map(gate ->
                        new Curve(
                                "gate",
                                BOUND,
                                false,
                                true,
                                false,
                                gate.entrySet().stream()
                                        .map(e -> new Curve.Dot(e.getKey(), e.getValue()))
                                        .toList()))
                .toList();
    }

    /** A row for each length, a column for each series of one device. */
    static Grid byLength(String caption, List<Series> series, Function<Point, String> cell) {
        List<String> header = new ArrayList<>(List.of("tokens"));
        series.forEach(s -> header.add(Look.of(s.algorithm()).shortName()));
        List<List<String>> rows = new ArrayList<>();
        for (long n : lengths(series)) {
            List<String> row = new ArrayList<>(List.of(Lengths.inWords(n)));
            series.forEach(s -> row.add(cell(s, n, cell)));
            rows.add(row);
        }
        return new Grid(caption, header, rows);
    }

    /** A row for each series of any device, a column for each length. */
    static Grid bySeries(
            String caption,
            List<Series> series,
            Function<Series, String> name,
            Function<Point, String> cell) {
        List<String> header = new ArrayList<>(List.of("device"));
        lengths(series).forEach(n -> header.add(Lengths.inWords(n)));
        List<List<String>> rows = new ArrayList<>();
        for (Series s : series) {
            List<String> row = new ArrayList<>(List.of(name.apply(s)));
            lengths(series).forEach(n -> row.add(cell(s, n, cell)));
            rows.add(row);
        }
        return new Grid(caption, header, rows);
    }

    private static String cell(Series series, long tokens, Function<Point, String> cell) {
        return series.points().stream()
                .filter(p -> p.tokens() == tokens)
                .findFirst()
                .map(p -> p.hasFigures() ? cell.apply(p) : p.outcome())
                .orElse("–");
    }
}
