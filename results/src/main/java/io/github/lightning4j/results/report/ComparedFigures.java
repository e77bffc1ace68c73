package io.github.lightning4j.results.report;

import io.github.lightning4j.results.DeviceResults;
import io.github.lightning4j.results.Point.Measured;
import io.github.lightning4j.results.Series;
import io.github.lightning4j.results.SweepResults;
import io.github.lightning4j.results.text.Numbers;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** The devices of a sweep in one figure each: a colour is a device, softmax attention is broken. */
final class ComparedFigures {
    private static final String LINES =
            " Whole lines: Lightning Attention-2; broken lines of the same colour, or a hollow"
                    + " mark: softmax attention on the same device.";
    private static final int COLOURS = 6;

    private final SweepResults results;
    private final List<DeviceResults> devices;
    private final Map<String, Integer> numbers = new HashMap<>();
    private final Map<String, String> labels = new HashMap<>();
    private final List<Series> compared;

    ComparedFigures(SweepResults results) {
        this.results = results;
        this.devices = results.byDevice();
        devices.forEach(device -> {
            numbers.put(device.device(), device.number());
            labels.put(device.device(), DeviceName.of(device).label());
        });
        this.compared =
                devices.stream()
                        .flatMap(device -> SweepTables.of(device).stream())
                        .filter(s -> !s.measured().isEmpty())
                        .filter(s -> Look.of(s.algorithm()).strong())
                        .toList();
    }

    /** Speed; speed by the devices' own clocks where one has one; errors where they are known. */
    List<Figure> all() {
        List<Figure> figures = new ArrayList<>();
        add(
                figures,
                "devices",
                "Devices side by side",
                "Tokens per second by length." + LINES,
                "tokens per second",
                p -> 1e6 / p.microsPerToken(),
                p -> Numbers.metric(1e6 / p.microsPerToken()),
                List.of());
        if (devices.stream().anyMatch(DeviceResults::hasKernelTimes)) {
            add(
                    figures,
                    "deviceKernels",
                    "Devices side by side, copies left out",
                    "Tokens per second by length, in kernels alone where a device has a clock of"
                            + " its own, and end to end where it has none."
                            + LINES,
                    "tokens per second",
                    ComparedFigures::kernelSpeed,
                    p -> Numbers.metric(kernelSpeed(p)),
                    List.of());
        }
        add(
                figures,
                "deviceErrors",
                "Errors side by side",
                "Relative L2 error of a sample of the output against the definition in float64, by"
                        + " length; a result passes whose error is below the gate."
                        + LINES,
                "relative error",
                SweepTables::error,
                SweepTables::errorInWords,
                SweepTables.gates(compared));
        return figures;
    }

    private static double kernelSpeed(Measured p) {
        return 1e6 / (p.kernel() == null ? p.microsPerToken() : p.kernelMicrosPerToken());
    }

    private void add(
            List<Figure> figures,
            String id,
            String title,
            String summary,
            String unit,
            ToDoubleFunction<Measured> y,
            Function<Measured, String> cell,
            List<Curve> bounds) {
        List<Curve> curves = SweepTables.curves(compared, y, this::curve);
        if (curves.isEmpty()) {
            return;
        }
        curves.addAll(bounds);
        figures.add(
                new Figure(
                        id,
                        title,
                        summary,
                        SweepTables.lengthAxis(results, compared),
                        new Figure.Axis(unit, List.of()),
                        curves,
                        SweepTables.bySeries(
                                title + ": " + unit + " by tokens",
                                compared,
                                s -> name(s.device()) + ", " + Look.of(s.algorithm()).shortName(),
                                cell)));
    }

    /** Its label stands at Lightning Attention-2, or at softmax where that is all there is. */
    private Curve curve(Series s, List<Curve.Dot> dots) {
        boolean softmax = s.algorithm().equals("softmax");
        boolean both =
                softmax
                        && compared.stream()
                                .anyMatch(o -> o.device().equals(s.device()) && !o.equals(s));
        return new Curve(
                both ? "" : name(s.device()),
                1 + number(s.device()) % COLOURS,
                !softmax,
                softmax,
                !softmax || dots.size() == 1,
                dots);
    }

    private int number(String device) {
        return numbers.getOrDefault(device, 0);
    }

    private String name(String device) {
        return labels.getOrDefault(device, "");
    }
}
