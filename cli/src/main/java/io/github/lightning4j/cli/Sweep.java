package io.github.lightning4j.cli;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.cli.results.Csv;
import io.github.lightning4j.cli.results.Point;
import io.github.lightning4j.cli.results.SweepResults;

import me.tongfei.progressbar.ProgressBar;

import org.jspecify.annotations.Nullable;

import tools.jackson.jr.ob.JSON;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Algorithms by lengths by devices, a process for each series. What is measured is written at once,
 * so an interruption loses the length at hand and nothing else.
 */
final class Sweep {
    /** Making tensors, compiling kernels and checking, beside the calls of a length. */
    private static final double PATIENCE_SECONDS = 240;

    private final Console console;
    private final SweepOptions options;
    private final List<String> arguments;
    private final List<String> devices;
    private final BooleanSupplier stopped;
    private SweepResults results;
    private int done;
    private int expected;
    private long begin;

    /**
     * A sweep.
     *
     * @param arguments of every series: shape, budget and the like
     * @param devices ids
     * @param before what there is already
     */
    Sweep(
            Console console,
            SweepOptions options,
            List<String> arguments,
            List<String> devices,
            SweepResults before,
            BooleanSupplier stopped) {
        this.console = console;
        this.options = options;
        this.arguments = arguments;
        this.devices = devices;
        this.results = before;
        this.stopped = stopped;
    }

    /** Measures what is missing. */
    SweepResults run() throws IOException, InterruptedException {
        begin = System.nanoTime();
        expected = devices.size() * options.algorithms().size() * options.lengths().size();
        try (ProgressBar progress = console.progress("measuring", expected, "")) {
            for (String device : devices) {
                for (Algorithm algorithm : options.algorithms()) {
                    series(device, ModelOptions.optionName(algorithm), progress);
                }
            }
        }
        results = results.with(results.points(), !stopped.getAsBoolean());
        write();
        Path csv = options.csv();
        if (csv != null) {
            Files.writeString(csv, Csv.of(results));
        }
        return results;
    }

    private void series(String device, String algorithm, ProgressBar progress)
            throws IOException, InterruptedException {
        List<Point> known =
                results.points().stream()
                        .filter(p -> p.device().equals(device) && p.algorithm().equals(algorithm))
                        .toList();
        boolean ended = known.stream().anyMatch(p -> !p.hasFigures());
        List<Long> missing = new ArrayList<>(options.lengths());
        missing.removeIf(n -> known.stream().anyMatch(p -> p.tokens() == n));
        expected -= options.lengths().size() - missing.size();
        if (ended || missing.isEmpty() || stopped.getAsBoolean()) {
            expected -= missing.size();
            progress.maxHint(Math.max(1, expected));
            return;
        }
        try (SeriesProcess process =
                SeriesProcess.start(seriesArguments(device, algorithm, missing, known), Map.of())) {
            double patience = PATIENCE_SECONDS + 3 * options.pointSeconds();
            while (!missing.isEmpty()) {
                String line = process.next(patience, stopped);
                if (stopped.getAsBoolean()) {
                    return;
                }
                Point point =
                        line == null
                                ? Point.without(
                                        device,
                                        algorithm,
                                        missing.getFirst(),
                                        Point.FAILED,
                                        process.lastWord())
                                : point(device, line);
                missing.remove(point.tokens());
                results = results.with(point);
                write();
                done++;
                if (!point.hasFigures()) {
                    expected -= missing.size();
                    missing.clear();
                }
                progress.maxHint(Math.max(1, expected));
                progress.stepTo(done);
                console.remark(inWords(point));
            }
        }
    }

    private List<String> seriesArguments(
            String device, String algorithm, List<Long> lengths, List<Point> known) {
        List<String> all = new ArrayList<>(List.of("series", "--device=" + device));
        all.add("--algorithm=" + algorithm);
        all.add("--lengths=" + String.join(",", lengths.stream().map(String::valueOf).toList()));
        known.stream()
                .filter(p -> p.tokens() < lengths.getFirst() && p.p50Millis() != null)
                .max((a, b) -> Long.compare(a.tokens(), b.tokens()))
                .ifPresent(p ->
                        all.add(
                                "--after=%d:%s"
                                        .formatted(p.tokens(), 1e-3 * millis(p.p50Millis()))));
        all.addAll(arguments);
        return all;
    }

    private static double millis(@Nullable Double millis) {
        return millis == null ? Double.NaN : millis;
    }

    /** The id is the one that was asked for: what it stands for may differ from run to run. */
    private static Point point(String device, String line) throws IOException {
        Point point = JSON.std.beanFrom(Point.class, line);
        if (point == null || point.outcome() == null) {
            throw new IOException("a series printed " + line);
        }
        return point.on(device);
    }

    private void write() throws IOException {
        Path file = options.output();
        if (file != null) {
            results.write(file);
        }
    }

    private String inWords(Point point) {
        double elapsed = (System.nanoTime() - begin) / 1e9;
        double left = elapsed / Math.max(1, done) * Math.max(0, expected - done);
        String what =
                point.hasFigures()
                        ? "%s a token, %s tokens/s"
                                .formatted(
                                        Figures.millis(point.microsPerToken() / 1e3),
                                        Figures.metric(1e6 / point.microsPerToken()))
                        : point.outcome() + ": " + point.reason();
        return String.format(
                Locale.ROOT,
                "%d of %d, about %.0f s left: %s %s %,d: %s",
                done,
                expected,
                left,
                point.device(),
                point.algorithm(),
                point.tokens(),
                what);
    }
}
