package io.github.lightning4j.results.report;

import io.github.lightning4j.results.DeviceResults;
import io.github.lightning4j.results.Lengths;
import io.github.lightning4j.results.Point;
import io.github.lightning4j.results.Point.Measured;
import io.github.lightning4j.results.Series;
import io.github.lightning4j.results.SweepResults;
import io.github.lightning4j.results.text.Numbers;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** Points of series in rows and columns, and as dots of curves. */
final class SweepTables {
    /** What a logarithmic axis reaches. */
    private static final double LEAST = 1e-30;

    private static final double MOST = 1e30;

    /** As many as a chart has room for marks. */
    private static final int MOST_DOTS = 256;

    private static final int MOST_TICKS = 64;

    private SweepTables() {}

    /** The series of a device, always in the same order. */
    static List<Series> of(DeviceResults device) {
        return device.series().stream()
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
    static double error(Measured point) {
        return point.accuracy() == null ? Double.NaN : point.accuracy().error();
    }

    /** The error of a point in words, and whether it is past its gate. */
    static String errorInWords(Measured point) {
        return point.accuracy() == null
                ? ""
                : Numbers.error(point.accuracy().error()) + (point.isWrong() ? " FAILED" : "");
    }

    /** Nanoseconds of a token in kernels; NaN where the device has no clock of its own. */
    static double kernelNanos(Measured point) {
        return 1e3 * point.kernelMicrosPerToken();
    }

    /** Lengths as ticks. */
    static List<Figure.Tick> ticks(List<Long> lengths) {
        return lengths.stream().map(n -> new Figure.Tick(n, Lengths.inWords(n))).toList();
    }

    /**
     * Measured points as dots. Those without that figure are left out, and those that no axis
     * reaches; of more than a chart can show apart there are {@link #few}.
     */
    static List<Curve.Dot> dots(List<Measured> points, ToDoubleFunction<Measured> figure) {
        List<Curve.Dot> dots = new ArrayList<>();
        for (Measured point : points) {
            double y = figure.applyAsDouble(point);
            if (y >= LEAST && y <= MOST) {
                dots.add(new Curve.Dot(point.tokens(), y));
            }
        }
        return few(dots);
    }

    /** A curve for each of the series that has a dot. */
    static List<Curve> curves(
            List<Series> series,
            ToDoubleFunction<Measured> figure,
            BiFunction<Series, List<Curve.Dot>, Curve> curve) {
        List<Curve> curves = new ArrayList<>();
        for (Series s : series) {
            List<Curve.Dot> dots = dots(s.measured(), figure);
            if (!dots.isEmpty()) {
                curves.add(curve.apply(s, dots));
            }
        }
        return curves;
    }

    /** The same where they are few; of each part of many the lowest and the highest. */
    static List<Curve.Dot> few(List<Curve.Dot> dots) {
        if (dots.size() <= MOST_DOTS) {
            return dots;
        }
        int parts = MOST_DOTS / 2;
        List<Curve.Dot> few = new ArrayList<>();
        for (int i = 0; i < parts; i++) {
            List<Curve.Dot> part =
                    dots.subList(
                            (int) ((long) i * dots.size() / parts),
                            (int) ((i + 1L) * dots.size() / parts));
            Curve.Dot low = Collections.min(part, Comparator.comparingDouble(Curve.Dot::y));
            Curve.Dot high = Collections.max(part, Comparator.comparingDouble(Curve.Dot::y));
            few.add(low.x() <= high.x() ? low : high);
            if (low.x() != high.x()) {
                few.add(low.x() <= high.x() ? high : low);
            }
        }
        return few;
    }

    /** The axis of lengths: a tick at each, or round numbers where there are many. */
    static Figure.Axis lengthAxis(SweepResults results, List<Series> series) {
        List<Long> lengths =
                series.stream()
                        .flatMap(s -> s.measured().stream())
                        .map(Point::tokens)
                        .distinct()
                        .sorted()
                        .toList();
        String batch = results.shape().batches().inWords();
        return new Figure.Axis(
                batch == null ? "tokens" : "tokens N, " + batch,
                lengths.size() <= MOST_TICKS ? ticks(lengths) : List.of());
    }

    /** The gates of series: one curve where all have the same at a length, else more. */
    static List<Curve> gates(List<Series> series) {
        List<Map<Long, Double>> gates = new ArrayList<>();
        for (Series s : series) {
            Map<Long, Double> own = new TreeMap<>();
            for (Measured p : s.measured()) {
                if (p.accuracy() != null && p.accuracy().gate() <= MOST) {
                    own.put(p.tokens(), p.accuracy().gate());
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
                        gate.entrySet().stream()
                                .map(e -> new Curve.Dot(e.getKey(), e.getValue()))
                                .toList())
                .map(dots -> Curve.bound("gate", few(dots)))
                .toList();
    }

    /**
     * A row for each length, a column for each series of one device: first those that the figure is
     * about, where a phone shows them.
     */
    static Grid byLength(String caption, List<Series> all, Function<Measured, String> cell) {
        List<Series> series =
                all.stream()
                        .sorted(Comparator.comparingInt(s -> Look.of(s.algorithm()).place()))
                        .toList();
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
            Function<Measured, String> cell) {
        List<String> header = new ArrayList<>(List.of("device"));
        List<Long> lengths = lengths(series);
        lengths.forEach(n -> header.add(Lengths.inWords(n)));
        List<List<String>> rows = new ArrayList<>();
        for (Series s : series) {
            List<String> row = new ArrayList<>(List.of(name.apply(s)));
            lengths.forEach(n -> row.add(cell(s, n, cell)));
            rows.add(row);
        }
        return new Grid(caption, header, rows);
    }

    private static String cell(Series series, long tokens, Function<Measured, String> cell) {
        return switch (series.at(tokens)) {
            case null -> "–";
            case Measured point -> cell.apply(point);
            case Point.Unmeasured point -> point.outcome();
        };
    }
}
