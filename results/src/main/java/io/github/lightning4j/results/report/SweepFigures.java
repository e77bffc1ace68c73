package io.github.lightning4j.results.report;

import io.github.lightning4j.results.DeviceResults;
import io.github.lightning4j.results.Point;
import io.github.lightning4j.results.Point.Measured;
import io.github.lightning4j.results.Series;
import io.github.lightning4j.results.SweepResults;
import io.github.lightning4j.results.text.Numbers;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** The figures of a device of a sweep. */
final class SweepFigures {
    private static final double MIB = 1 << 20;

    private final SweepResults results;
    private final DeviceResults device;
    private final List<Series> all;
    private final List<Series> measured;

    SweepFigures(SweepResults results, DeviceResults device) {
        this.results = results;
        this.device = device;
        this.all = SweepTables.of(device);
        this.measured = all.stream().filter(s -> !s.measured().isEmpty()).toList();
    }

    /** All figures of the device. */
    List<Figure> all() {
        List<Figure> figures = new ArrayList<>();
        if (measured.isEmpty()) {
            return figures;
        }
        figures.add(speed());
        figures.add(
                byLength(
                        "time",
                        "Time per token",
                        "Microseconds for each token, end to end: flat where the cost of a token"
                                + " does not depend on the tokens before it.",
                        "µs per token",
                        Measured::microsPerToken,
                        p -> Numbers.three(p.microsPerToken()) + spread(p),
                        List.of()));
        if (device.hasKernelTimes()) {
            figures.add(
                    byLength(
                            "kernels",
                            "Time per token in kernels",
                            "Nanoseconds for each token by the device's own clock: kernels alone,"
                                    + " copies between host and device left out.",
                            "ns per token",
                            SweepTables::kernelNanos,
                            p -> Numbers.three(SweepTables.kernelNanos(p)),
                            List.of()));
        }
        addMemory(
                figures,
                "memory",
                "Memory of the host",
                "Most resident memory of the process while a length was measured: the Java machine,"
                        + " the tensors and what the algorithm needs beside them.",
                Point.Memory::hostBytes);
        addMemory(
                figures,
                "deviceMemory",
                "Memory of the device",
                "Memory held on the device while a length was measured.",
                Point.Memory::deviceBytes);
        if (has(SweepTables::error)) {
            figures.add(
                    byLength(
                            "error",
                            "Error against float64",
                            "Relative L2 error of a sample of the output against the definition in"
                                    + " float64; a result passes whose error is below the gate.",
                            "relative error",
                            SweepTables::error,
                            SweepTables::errorInWords,
                            SweepTables.gates(measured)));
        }
        if (roofline().isKnown()) {
            figures.add(roofline().figure(id("roofline"), DeviceName.of(device).id()));
        }
        return figures;
    }

    /** Tokens a second by length: the figure. */
    Figure speed() {
        return byLength(
                "speed",
                "Tokens per second by length",
                "Softmax attention and the left product look at every earlier token: the longer the"
                        + " sequence, the more they do for each. Lightning Attention-2 does the"
                        + " same for each.",
                "tokens per second",
                p -> 1e6 / p.microsPerToken(),
                p -> Numbers.metric(1e6 / p.microsPerToken()),
                List.of());
    }

    private String id(String name) {
        return name + device.number();
    }

    private Figure byLength(
            String name,
            String title,
            String summary,
            String unit,
            ToDoubleFunction<Measured> y,
            Function<Measured, String> cell,
            List<Curve> bounds) {
        List<Curve> curves =
                SweepTables.curves(measured, y, (s, dots) -> Look.of(s.algorithm()).curve(dots));
        curves.addAll(bounds);
        return new Figure(
                id(name),
                title,
                summary,
                SweepTables.lengthAxis(results, measured),
                new Figure.Axis(unit, List.of()),
                curves,
                SweepTables.byLength(title + " on " + DeviceName.of(device).id(), all, cell));
    }

    /** What 90 of 100 calls lie between, over the median. */
    private static String spread(Measured p) {
        return " ± " + Numbers.percent(p.times().spread());
    }

    private void addMemory(
            List<Figure> figures,
            String name,
            String title,
            String summary,
            Function<Point.Memory, @Nullable Long> bytes) {
        ToDoubleFunction<Measured> mib = p -> SweepTables.number(bytes.apply(p.memory())) / MIB;
        if (has(mib)) {
            Function<Measured, String> cell = p -> Numbers.three(mib.applyAsDouble(p));
            figures.add(byLength(name, title, summary, "MiB", mib, cell, List.of()));
        }
    }

    /** What is to be said beside the figures of a device: what is missing, and why. */
    List<String> notes() {
        return measured.isEmpty() || roofline().isKnown()
                ? List.of()
                : List.of("No roofline: the device's ceilings were not measured.");
    }

    private Roofline roofline() {
        return new Roofline(all);
    }

    private boolean has(ToDoubleFunction<Measured> figure) {
        return device.measured().anyMatch(p -> figure.applyAsDouble(p) > 0);
    }
}
