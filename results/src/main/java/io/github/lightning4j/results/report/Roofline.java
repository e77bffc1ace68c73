package io.github.lightning4j.results.report;

import io.github.lightning4j.results.Caveats;
import io.github.lightning4j.results.Point;
import io.github.lightning4j.results.Point.Measured;
import io.github.lightning4j.results.Series;
import io.github.lightning4j.results.text.Numbers;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
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
        return peak() > 0 && bandwidth() > 0 && points().findAny().isPresent();
    }

    private Stream<Measured> points() {
        return series.stream().flatMap(s -> s.measured().stream());
    }

    private double most(ToDoubleFunction<Point.Peaks> ceiling) {
        return points().map(Measured::peaks)
                .filter(Objects::nonNull)
                .mapToDouble(ceiling)
                .max()
                .orElse(0);
    }

    private double peak() {
        return most(Point.Peaks::peakFlops);
    }

    private double bandwidth() {
        return most(Point.Peaks::peakBytesPerSecond);
    }

    private static double intensity(Measured point) {
        return point.work().operations() / point.work().bytes();
    }

    /** The figure; only where the ceilings are known. */
    Figure figure(String id, String device) {
        List<Curve> curves = new ArrayList<>(List.of(limit()));
        for (Series s : series) {
            Look look = Look.of(s.algorithm());
            List<Curve.Dot> dots =
                    s.measured().stream()
                            .map(p -> new Curve.Dot(intensity(p), p.operationsPerSecond()))
                            .toList();
            if (!dots.isEmpty()) {
                curves.add(look.curve(SweepTables.few(dots)));
            }
        }
        boolean byKernels = points().anyMatch(p -> p.kernel() != null);
        return new Figure(
                id,
                "Position under the roofline",
                "Needed operations a second, "
                        + (byKernels ? "by the time in kernels alone" : "end to end")
                        + ", by needed operations for each byte that must move. The broken line is"
                        + " what this device did at most just before: reading memory on the slope,"
                        + " multiply-adds on the flat."
                        + caveats(),
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
        double[] x = points().mapToDouble(Roofline::intensity).sorted().toArray();
        double ridge = peak() / bandwidth();
        double begin = Math.min(x[0], ridge) / 2;
        double end = Math.max(x[x.length - 1], ridge) * 2;
        return Curve.bound(
                "limit",
                List.of(
                        new Curve.Dot(begin, begin * bandwidth()),
                        new Curve.Dot(ridge, peak()),
                        new Curve.Dot(end, peak())));
    }

    private static String cell(Measured p) {
        String share = p.peaks() == null ? "" : ", " + Caveats.share(peakShare(p));
        return Numbers.metric(p.operationsPerSecond()) + share;
    }

    /** Why points stand above the line. */
    private String caveats() {
        StringBuilder text = new StringBuilder();
        if (points().anyMatch(p -> Caveats.isImpossible(peakShare(p)))) {
            text.append(
                    " More than 100 % of the peak is impossible (!)"
                            + Caveats.unlessTensorCores(series.getFirst().device())
                            + ": the peak was "
                            + Caveats.tooLow(series.getFirst().device())
                            + ".");
        }
        List<Measured> above =
                points().filter(p -> Caveats.isImpossible(bandwidthShare(p))).toList();
        if (above.stream().anyMatch(Roofline::isCached)) {
            text.append(
                    " Points above the slope come from caches: their tensors are much smaller than"
                            + " what was read to measure the bandwidth.");
        }
        if (!above.stream().allMatch(Roofline::isCached)) {
            text.append(
                    " Points of large tensors above the slope are impossible: the bandwidth was "
                            + Caveats.tooLow(series.getFirst().device())
                            + ".");
        }
        return text.toString();
    }

    private static boolean isCached(Measured p) {
        return Caveats.isCached(p.work().bytes(), Point.Peaks.WORKING_SET);
    }

    private static double peakShare(Measured p) {
        return p.peaks() == null ? Double.NaN : p.operationsPerSecond() / p.peaks().peakFlops();
    }

    private static double bandwidthShare(Measured p) {
        return p.peaks() == null
                ? Double.NaN
                : p.operationsPerSecond() / intensity(p) / p.peaks().peakBytesPerSecond();
    }
}
