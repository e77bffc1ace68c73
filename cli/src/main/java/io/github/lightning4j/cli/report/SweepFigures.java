package io.github.lightning4j.cli.report;

import io.github.lightning4j.cli.results.Point;
import io.github.lightning4j.cli.results.SweepResults;
import io.github.lightning4j.cli.results.SweepResults.Series;
import io.github.lightning4j.cli.text.Numbers;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** The figures of a sweep. */
final class SweepFigures {
    private static final double MIB = 1 << 20;

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
        if (roofline(device).isKnown()) {
            figures.add(roofline(device).figure(id(device, "roofline"), device));
        }
        return figures;
    }

    /** Tokens a second by length: the figure. */
    Figure speed(String device) {
        return byLength(
                device,
                "speed",
                "Tokens per second by length",
                "Softmax attention and the left product look at every earlier token: the longer the"
                        + " sequence, the more they do for each. Lightning Attention-2 does the"
                        + " same for each.",
                "tokens per second",
                p -> 1e6 / p.microsPerToken(),
                p -> Numbers.metric(1e6 / p.microsPerToken()));
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
                SweepTables.lengthAxis(results, series),
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
        if (has(device, p -> SweepTables.number(p.hostBytes()))) {
            figures.add(
                    byLength(
                            device,
                            "memory",
                            "Memory of the host",
                            "Most resident memory of the process while a length was measured: the"
                                    + " Java machine, the tensors and what the algorithm needs"
                                    + " beside them.",
                            "MiB",
                            p -> SweepTables.number(p.hostBytes()) / MIB,
                            p -> Numbers.three(SweepTables.number(p.hostBytes()) / MIB)));
        }
        if (has(device, p -> SweepTables.number(p.deviceBytes()))) {
            figures.add(
                    byLength(
                            device,
                            "deviceMemory",
                            "Memory of the device",
                            "Memory held on the device while a length was measured.",
                            "MiB",
                            p -> SweepTables.number(p.deviceBytes()) / MIB,
                            p -> Numbers.three(SweepTables.number(p.deviceBytes()) / MIB)));
        }
    }

    private void addErrors(List<Figure> figures, String device) {
        if (!has(device, p -> SweepTables.error(p))) {
            return;
        }
        Figure figure =
                byLength(
                        device,
                        "error",
                        "Error against float64",
                        "Relative L2 error of a sample of the output against the definition in"
                                + " float64; a result passes whose error is below the gate.",
                        "relative error",
                        p -> SweepTables.error(p),
                        p -> Numbers.error(SweepTables.error(p)) + SweepTables.verdict(p));
        List<Curve> curves = new ArrayList<>(figure.curves());
        curves.addAll(SweepTables.gates(measured(device)));
        figures.add(with(figure, curves));
    }

    /** What is to be said beside the figures of a device: what is missing, and why. */
    List<String> notes(String device) {
        return measured(device).isEmpty() || roofline(device).isKnown()
                ? List.of()
                : List.of("No roofline: the device's ceilings were not measured.");
    }

    private Roofline roofline(String device) {
        return new Roofline(all(device));
    }

    private boolean has(String device, ToDoubleFunction<Point> figure) {
        return measured(device).stream()
                .flatMap(s -> s.measured().stream())
                .anyMatch(p -> figure.applyAsDouble(p) > 0);
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
