package io.github.lightning4j.cli.report;

import io.github.lightning4j.cli.results.Point;
import io.github.lightning4j.cli.results.SweepResults.Series;
import io.github.lightning4j.cli.text.Numbers;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * Needed operations a second under what the hardware can do: by time in kernels where a point has
 * it, else end to end.
 *
 * @param series of a device, not measured ones too
 */
record Roofline(List<Series> series) {
    /** Whether the ceilings of the device are known. */
    boolean isKnown() {
        return peak() > 0 && bandwidth() > 0 && points().anyMatch(p -> intensity(p) > 0);
    }

    private Stream<Point> points() {
        return series.stream().flatMap(s -> s.measured().stream());
    }

    private double most(ToDoubleFunction<Point> figure) {
        return points().mapToDouble(figure).filter(x -> x > 0).max().orElse(0);
    }

    private double peak() {
        return most(p -> SweepTables.number(p.peakFlops()));
    }

    private double bandwidth() {
        return most(p -> SweepTables.number(p.peakBytesPerSecond()));
    }

    private static double intensity(Point point) {
        return SweepTables.number(point.operations()) / SweepTables.number(point.bytes());
    }

    /** The figure; only where the ceilings are known. */
    Figure figure(String id, String device) {
        List<Curve> curves = new ArrayList<>(List.of(limit()));
        for (Series s : series) {
            Look look = Look.of(s.algorithm());
            List<Curve.Dot> dots =
                    s.measured().stream()
                            .filter(p -> intensity(p) > 0 && p.operationsPerSecond() > 0)
                            .map(p -> new Curve.Dot(intensity(p), p.operationsPerSecond()))
                            .toList();
            if (!dots.isEmpty()) {
                curves.add(
                        new Curve(
                                look.shortName(), look.colour(), look.strong(), false, true, dots));
            }
        }
        boolean byKernels = points().anyMatch(p -> p.kernelMillis() != null);
        return new Figure(
                id,
                "Position under the roofline",
                "Needed operations a second, "
                        + (byKernels ? "by the time in kernels alone" : "end to end")
                        + ", by needed operations for each byte that must move. The broken line is"
                        + " what this device did at most just before: reading memory on the slope,"
                        + " multiply-adds on the flat.",
                new Figure.Axis("operations per byte", List.of()),
                new Figure.Axis("operations per second", List.of()),
                curves,
                SweepTables.byLength(
                        "Operations per second, and their share of the multiply-add peak, on "
                                + device,
                        series,
                        Roofline::cell));
    }

    private Curve limit() {
        double[] x =
                points().mapToDouble(Roofline::intensity).filter(i -> i > 0).sorted().toArray();
        double ridge = peak() / bandwidth();
        double begin = Math.min(x[0], ridge) / 2;
        double end = Math.max(x[x.length - 1], ridge) * 2;
        return new Curve(
                "limit",
                SweepTables.BOUND,
                false,
                true,
                false,
                List.of(
                        new Curve.Dot(begin, begin * bandwidth()),
                        new Curve.Dot(ridge, peak()),
                        new Curve.Dot(end, peak())));
    }

    private static String cell(Point p) {
        double peak = SweepTables.number(p.peakFlops());
        return Numbers.metric(p.operationsPerSecond())
                + (peak > 0
                        ? String.format(
                                Locale.ROOT, ", %.0f %%", 100 * p.operationsPerSecond() / peak)
                        : "");
    }
}
