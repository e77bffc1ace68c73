package io.github.lightning4j.cli.report;

import io.github.lightning4j.cli.results.Point;
import io.github.lightning4j.cli.results.SweepResults;
import io.github.lightning4j.cli.results.SweepResults.Series;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** The figures of a sweep. */
final class SweepFigures {
    private static final double MIB = 1 << 20;
    private static final int ROOF = 20;

    private final SweepResults results;

    SweepFigures(SweepResults results) {
        this.results = results;
    }

    /** All figures of a device. */
    List<Figure> of(String device) {
        List<Figure> figures = new ArrayList<>();
        if (measured(device).isEmpty()) {
            return figures;
        }
        figures.add(speed(device));
        figures.add(
                byLength(
                        device,
                        "time",
                        "Time per token",
                        "Microseconds for each token, end to end: flat where the cost of a token"
                                + " does not depend on the tokens before it.",
                        "µs per token",
                        Point::microsPerToken,
                        p -> Numbers.three(p.microsPerToken()) + spread(p)));
        if (results.hasKernelTimes(device)) {
            figures.add(
                    byLength(
                            device,
                            "kernels",
                            "Time per token in kernels",
                            "Nanoseconds for each token by the device's own clock: kernels alone,"
                                    + " copies between host and device left out.",
                            "ns per token",
                            SweepTables::kernelNanos,
                            p -> Numbers.three(SweepTables.kernelNanos(p))));
        }
        addMemory(figures, device);
        addErrors(figures, device);
        addRoofline(figures, device);
        return figures;
    }

    /** Tokens a second by length: the figure. */
    Figure speed(String device) {
        return byLength(
                device,
                "speed",
                "Tokens per second by length",
                "Softmax attention and the left product look at every earlier token, so their speed"
                        + " falls with the length; Lightning Attention-2's does not.",
                "tokens per second",
                p -> 1e6 / p.microsPerToken(),
                p -> Numbers.metric(1e6 / p.microsPerToken()));
    }

    /** The devices of a sweep in one figure; a second one by their own clocks where one has one. */
    List<Figure> devices() {
        String lines =
                " Whole lines: Lightning Attention-2; broken lines of the same colour: softmax"
                        + " attention on the same device.";
        List<Figure> figures = new ArrayList<>();
        figures.add(
                devices(
                        "devices",
                        "Devices side by side",
                        "Tokens per second by length." + lines,
                        Point::microsPerToken));
        if (results.devices().stream().anyMatch(results::hasKernelTimes)) {
            figures.add(
                    devices(
                            "deviceKernels",
                            "Devices side by side, copies left out",
                            "Tokens per second by length, in kernels alone where a device has a"
                                    + " clock of its own, and end to end where it has none."
                                    + lines,
                            p ->
                                    p.kernelMillis() == null
                                            ? p.microsPerToken()
                                            : p.kernelMicrosPerToken()));
        }
        return figures;
    }

    private Figure devices(
            String id, String title, String summary, ToDoubleFunction<Point> micros) {
        List<Series> all =
                results.series().stream()
                        .filter(s -> !s.measured().isEmpty())
                        .filter(s -> isCompared(s.algorithm()))
                        .toList();
        List<String> devices = results.devices();
        List<Curve> curves = new ArrayList<>();
        for (Series s : all) {
            boolean lightning = Look.of(s.algorithm()).colour() == 5;
            curves.add(
                    new Curve(
                            lightning ? s.device() : "",
                            1 + devices.indexOf(s.device()) % 6,
                            lightning,
                            !lightning,
                            lightning,
                            SweepTables.dots(s.measured(), p -> 1e6 / micros.applyAsDouble(p))));
        }
        return new Figure(
                id,
                title,
                summary,
                lengthAxis(all),
                new Figure.Axis("tokens per second", List.of()),
                curves,
                SweepTables.byLength(
                        "Tokens per second by length and device"
                                + (id.equals("devices") ? "" : ", copies left out"),
                        all,
                        s -> s.device() + " " + Look.of(s.algorithm()).shortName(),
                        p -> Numbers.metric(1e6 / micros.applyAsDouble(p))));
    }

    private static boolean isCompared(String algorithm) {
        return Look.of(algorithm).strong();
    }

    private List<Series> measured(String device) {
        return all(device).stream().filter(s -> !s.measured().isEmpty()).toList();
    }

    private List<Series> all(String device) {
        return SweepTables.of(results, device);
    }

    private String id(String device, String name) {
        return name + results.devices().indexOf(device);
    }

    private Figure.Axis lengthAxis(List<Series> series) {
        List<Long> lengths =
                series.stream()
                        .flatMap(s -> s.measured().stream())
                        .map(Point::tokens)
                        .distinct()
                        .sorted()
                        .toList();
        String batch = results.shape().batchInWords();
        return new Figure.Axis(
                batch == null ? "tokens" : "tokens N, " + batch, SweepTables.ticks(lengths));
    }

    private Figure byLength(
            String device,
            String name,
            String title,
            String summary,
            String unit,
            ToDoubleFunction<Point> y,
            Function<Point, String> cell) {
        List<Series> series = measured(device);
        return new Figure(
                id(device, name),
                title,
                summary,
                lengthAxis(series),
                new Figure.Axis(unit, List.of()),
                curves(series, y),
                SweepTables.byLength(title + " on " + device, all(device), cell));
    }

    private static List<Curve> curves(List<Series> series, ToDoubleFunction<Point> y) {
        List<Curve> curves = new ArrayList<>();
        for (Series s : series) {
            Look look = Look.of(s.algorithm());
            List<Curve.Dot> dots = SweepTables.dots(s.measured(), y);
            if (!dots.isEmpty()) {
                curves.add(
                        new Curve(
                                look.shortName(), look.colour(), look.strong(), false, true, dots));
            }
        }
        return curves;
    }

    /** What 90 of 100 calls lie between, over the median. */
    private static String spread(Point p) {
        if (p.p5Millis() == null || p.p95Millis() == null || p.p50Millis() == null) {
            return "";
        }
        double half = (p.p95Millis() - p.p5Millis()) / 2 / p.p50Millis();
        return String.format(Locale.ROOT, " ± %.0f %%", 100 * half);
    }

    private void addMemory(List<Figure> figures, String device) {
        if (has(device, p -> number(p.hostBytes()))) {
            figures.add(
                    byLength(
                            device,
                            "memory",
                            "Memory of the host",
                            "Most resident memory of the process while a length was measured: the"
                                    + " Java machine, the tensors and what the algorithm needs"
                                    + " beside them.",
                            "MiB",
                            p -> number(p.hostBytes()) / MIB,
                            p -> Numbers.three(number(p.hostBytes()) / MIB)));
        }
        if (has(device, p -> number(p.deviceBytes()))) {
            figures.add(
                    byLength(
                            device,
                            "deviceMemory",
                            "Memory of the device",
                            "Memory held on the device while a length was measured.",
                            "MiB",
                            p -> number(p.deviceBytes()) / MIB,
                            p -> Numbers.three(number(p.deviceBytes()) / MIB)));
        }
    }

    private void addErrors(List<Figure> figures, String device) {
        if (!has(device, p -> number(p.error()))) {
            return;
        }
        Figure figure =
                byLength(
                        device,
                        "error",
                        "Error against float64",
                        "Relative L2 error of a sample of the output against the definition in"
                                + " float64, below the gate that it must stay under.",
                        "relative error",
                        p -> number(p.error()),
                        p -> Numbers.error(number(p.error())) + (failed(p) ? " FAILED" : ""));
        List<Curve.Dot> gate =
                measured(device).stream()
                        .flatMap(
                                s -> SweepTables.dots(s.measured(), p -> number(p.gate())).stream())
                        .distinct()
                        .sorted((a, b) -> Double.compare(a.x(), b.x()))
                        .toList();
        List<Curve> curves = new ArrayList<>(figure.curves());
        curves.add(new Curve("gate", ROOF + 1, false, true, false, gate));
        figures.add(with(figure, curves));
    }

    private void addRoofline(List<Figure> figures, String device) {
        List<Point> points = measured(device).stream().flatMap(s -> s.measured().stream()).toList();
        double peak = points.stream().mapToDouble(p -> number(p.peakFlops())).max().orElse(0);
        double bandwidth =
                points.stream().mapToDouble(p -> number(p.peakBytesPerSecond())).max().orElse(0);
        if (!(peak > 0) || !(bandwidth > 0)) {
            return;
        }
        double left = points.stream().mapToDouble(SweepFigures::intensity).min().orElseThrow();
        double right = points.stream().mapToDouble(SweepFigures::intensity).max().orElseThrow();
        double ridge = peak / bandwidth;
        List<Curve> curves = new ArrayList<>();
        double begin = Math.min(left, ridge) / 2;
        curves.add(
                new Curve(
                        "limit",
                        ROOF + 1,
                        false,
                        true,
                        false,
                        List.of(
                                new Curve.Dot(begin, begin * bandwidth),
                                new Curve.Dot(ridge, peak),
                                new Curve.Dot(Math.max(right, ridge) * 2, peak))));
        for (Series s : measured(device)) {
            Look look = Look.of(s.algorithm());
            curves.add(
                    new Curve(
                            look.shortName(),
                            look.colour(),
                            look.strong(),
                            false,
                            true,
                            s.measured().stream()
                                    .map(p -> new Curve.Dot(intensity(p), p.operationsPerSecond()))
                                    .toList()));
        }
        String title = "Position under the roofline";
        figures.add(
                new Figure(
                        id(device, "roofline"),
                        title,
                        "Needed operations a second by needed operations for each byte that must"
                            + " move. The broken line is what this machine did at most just before:"
                            + " reading memory on the slope, multiply-adds on the flat.",
                        new Figure.Axis("operations per byte", List.of()),
                        new Figure.Axis("operations per second", List.of()),
                        curves,
                        SweepTables.byLength(
                                "Operations per second, and their share of the multiply-add peak,"
                                        + " on "
                                        + device,
                                all(device),
                                p ->
                                        Numbers.metric(p.operationsPerSecond())
                                                + String.format(
                                                        Locale.ROOT,
                                                        ", %.0f %%",
                                                        100
                                                                * p.operationsPerSecond()
                                                                / number(p.peakFlops())))));
    }

    private boolean has(String device, ToDoubleFunction<Point> figure) {
        return measured(device).stream()
                .flatMap(s -> s.measured().stream())
                .anyMatch(p -> figure.applyAsDouble(p) > 0);
    }

    private static boolean failed(Point point) {
        return Boolean.FALSE.equals(point.passed());
    }

    private static double intensity(Point point) {
        return number(point.operations()) / number(point.bytes());
    }

    private static double number(@Nullable Number number) {
        return number == null ? Double.NaN : number.doubleValue();
    }

    private static Figure with(Figure figure, List<Curve> curves) {
        return new Figure(
                figure.id(),
                figure.title(),
                figure.summary(),
                figure.x(),
                figure.y(),
                curves,
                figure.grid());
    }
}
