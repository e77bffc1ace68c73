package io.github.lightning4j.cli.sweep;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.cli.console.Console;
import io.github.lightning4j.cli.options.SweepOptions;
import io.github.lightning4j.results.Point;
import io.github.lightning4j.results.Point.Measured;
import io.github.lightning4j.results.PointFields;
import io.github.lightning4j.results.SweepResults;
import io.github.lightning4j.results.text.Numbers;
import io.github.lightning4j.results.text.Words;

import me.tongfei.progressbar.ProgressBar;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Algorithms by lengths by devices, a process for each series. What is measured is written at once,
 * so an interruption loses the length at hand and nothing else.
 */
final class Sweep {
    /** Starting, compiling kernels, measuring ceilings and checking, beside a length's calls. */
    private static final double PATIENCE_SECONDS = 60;

    /** Making an element of q, k or v, on one slow core. */
    private static final double SECONDS_AN_ELEMENT = 60e-9;

    /** Ctrl-C reaches a series and this process at once, but nobody says in which order. */
    private static final long INTERRUPTION_MILLIS = 1_000;

    private static final long LOOK_MILLIS = 20;

    private final Console console;
    private final SweepOptions options;
    private final List<String> arguments;
    private final List<String> devices;
    private final BooleanSupplier stopped;
    private SweepResults results;
    private boolean unfinished;
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
        // Until the last series is at its end: who reads the file before must not take it for
        // whole.
        this.results = before.with(before.points(), false);
        this.stopped = stopped;
    }

    /**
     * Measures what is missing.
     *
     * @return everything; complete unless a series was interrupted
     * @throws IllegalArgumentException if a device is another than the one measured before
     */
    SweepResults run() throws IOException, InterruptedException {
        begin = System.nanoTime();
        expected =
                devices.size() * options.algorithms().size() * options.lengths().lengths().size();
        try (ProgressBar progress = console.progress("measuring", expected, "")) {
            for (String device : devices) {
                for (Algorithm algorithm : options.algorithms()) {
                    series(device, Words.optionName(algorithm), progress);
                }
            }
        }
        results = results.with(results.points(), !unfinished);
        write();
        return results;
    }

    private void series(String device, String algorithm, ProgressBar progress)
            throws IOException, InterruptedException {
        forgetFailures(device, algorithm);
        List<Point> known =
                results.points().stream().filter(p -> isOf(p, device, algorithm)).toList();
        List<Long> missing = missing(known);
        expected -= options.lengths().lengths().size() - missing.size();
        progress.maxHint(Math.max(1, expected));
        if (missing.isEmpty()) {
            return;
        }
        if (stopped.getAsBoolean()) {
            unfinished = true;
            return;
        }
        try (SeriesProcess process =
                SeriesProcess.start(seriesArguments(device, algorithm, missing, known), Map.of())) {
            while (!missing.isEmpty()) {
                double patience = patience(missing.getFirst());
                String line = process.next(patience, stopped);
                if (line == null && isInterruption(process)) {
                    unfinished = true;
                    return;
                }
                Point point =
                        line == null
                                ? end(device, algorithm, missing.getFirst(), process, patience)
                                : PointFields.parse(line, "a series");
                if (line != null && isFailure(point) && isInterruptedSoon()) {
                    unfinished = true;
                    return;
                }
                checkHardware(point);
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

    /** What failed or was refused in an earlier run is tried again. */
    private void forgetFailures(String device, String algorithm) {
        List<Point> points = new ArrayList<>(results.points());
        points.removeIf(p ->
                isFailure(p)
                        && isOf(p, device, algorithm)
                        && options.lengths().lengths().contains(p.tokens()));
        results = results.with(points, false);
    }

    private static boolean isOf(Point point, String device, String algorithm) {
        return point.device().equals(device) && point.algorithm().equals(algorithm);
    }

    private static boolean isFailure(Point point) {
        return point.outcome().equals(Point.FAILED) || point.outcome().equals(Point.REFUSED);
    }

    /** Lengths to measure: those not measured yet, below one that was too slow or too large. */
    private List<Long> missing(List<Point> known) {
        long end =
                known.stream()
                        .filter(p -> p.outcome().equals(Point.STOPPED))
                        .mapToLong(Point::tokens)
                        .min()
                        .orElse(Long.MAX_VALUE);
        List<Long> missing = new ArrayList<>(options.lengths().lengths());
        missing.removeIf(n -> n >= end || known.stream().anyMatch(p -> p.tokens() == n));
        return missing;
    }

    /** Seconds until a point must be there. */
    private double patience(long tokens) {
        double elements =
                (double) results.shape().batches().at(tokens)
                        * tokens
                        * results.shape().heads()
                        * (2.0 * results.shape().keyDim() + results.shape().valueDim());
        return PATIENCE_SECONDS
                + 3 * results.budget().pointSeconds()
                + SECONDS_AN_ELEMENT * elements;
    }

    /** Whether a series that says nothing more was interrupted, by itself or with this process. */
    private boolean isInterruption(SeriesProcess process) throws InterruptedException {
        return process.hasEnded()
                ? isInterruptedSoon() || process.wasInterrupted()
                : stopped.getAsBoolean();
    }

    /** Whether this process is interrupted now or in a moment. */
    private boolean isInterruptedSoon() throws InterruptedException {
        long since = System.nanoTime();
        while (!stopped.getAsBoolean()
                && System.nanoTime() - since < INTERRUPTION_MILLIS * 1_000_000) {
            Thread.sleep(LOOK_MILLIS);
        }
        return stopped.getAsBoolean();
    }

    /** A length of which a series said nothing. */
    private static Point end(
            String device, String algorithm, long tokens, SeriesProcess process, double patience)
            throws IOException, InterruptedException {
        if (process.hasEnded()) {
            return Point.without(device, algorithm, tokens, Point.FAILED, process.lastWord());
        }
        String late =
                String.format(Locale.ROOT, "the time was over: no figure after %.0f s", patience);
        return Point.without(device, algorithm, tokens, Point.STOPPED, late);
    }

    private void checkHardware(Point point) {
        if (!(point instanceof Measured now)) {
            return;
        }
        for (Measured before : Point.measured(results.points()).toList()) {
            if (before.device().equals(now.device()) && !before.hardware().equals(now.hardware())) {
                throw new IllegalArgumentException(
                        ("%s is '%s'; %s has figures of it as '%s'; measure the two in files of"
                                        + " their own")
                                .formatted(
                                        Words.name(now.device()),
                                        Words.name(now.hardware()),
                                        options.output(),
                                        Words.name(before.hardware())));
            }
        }
    }

    private List<String> seriesArguments(
            String device, String algorithm, List<Long> lengths, List<Point> known) {
        List<String> all = new ArrayList<>(List.of("series", "--device=" + device));
        all.add("--algorithm=" + algorithm);
        all.add("--lengths=" + String.join(",", lengths.stream().map(String::valueOf).toList()));
        Point.measured(known)
                .filter(p -> p.tokens() < lengths.getFirst())
                .max(Comparator.comparingLong(Point::tokens))
                .ifPresent(
                        p -> all.add("--after=" + p.tokens() + ":" + p.times().p50Millis() / 1e3));
        all.addAll(arguments);
        return all;
    }

    /** Writes what there is; a file of nothing is of no use. */
    private void write() throws IOException {
        Path file = options.output();
        if (file != null && !results.points().isEmpty()) {
            results.write(file);
        }
    }

    private String inWords(Point point) {
        double elapsed = (System.nanoTime() - begin) / 1e9;
        double left = elapsed / Math.max(1, done) * Math.max(0, expected - done);
        String what =
                switch (point) {
                    case Measured it ->
                            "%s a token, %s tokens/s"
                                    .formatted(
                                            Numbers.millis(it.microsPerToken() / 1e3),
                                            Numbers.metric(it.times().tokensPerSecond()));
                    case Point.Unmeasured it -> it.outcome() + ": " + Words.said(it.reason());
                };
        return String.format(
                Locale.ROOT,
                "%d of %d, about %.0f s left: %s %s %,d: %s",
                done,
                expected,
                left,
                Words.name(point.device()),
                point.algorithm(),
                point.tokens(),
                what);
    }
}
