package io.github.lightning4j.cli.results;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What the figures of a results file must be, so that pages, charts and comparisons can rely on it.
 */
final class Rules {
    /** The longest length that {@code lightning bench} measures. */
    private static final long MOST_TOKENS = 1L << 32;

    private Rules() {}

    /**
     * Checks a document.
     *
     * @throws IllegalArgumentException if it cannot be one of a sweep, by the name of the field
     */
    static void check(SweepResults results) {
        Shape shape = results.shape();
        if ((shape.batch() == null) == (shape.totalTokens() == null)) {
            throw new IllegalArgumentException(
                    "shape must have batch or totalTokens, and not both");
        }
        positive("shape.batch", shape.batch());
        positive("shape.totalTokens", shape.totalTokens());
        positive("shape.heads", shape.heads());
        positive("shape.keyDim", shape.keyDim());
        positive("shape.valueDim", shape.valueDim());
        finite("shape.scale", shape.scale());
        positive("threads", results.threads());
        Budget budget = results.budget();
        atLeast0("budget.warmUpSeconds", budget.warmUpSeconds());
        atLeast0("budget.seconds", budget.seconds());
        positive("budget.pointSeconds", budget.pointSeconds());
        List<Point> points = results.points();
        for (int i = 0; i < points.size(); i++) {
            check(points.get(i), "points[%d].".formatted(i));
        }
    }

    /**
     * Checks a point.
     *
     * @param path before the names of its fields in errors
     * @throws IllegalArgumentException if it cannot be one of a sweep, by the name of the field
     */
    static void check(Point point, String path) {
        positive(path + "tokens", point.tokens());
        if (point.tokens() > MOST_TOKENS) {
            throw wrong(path + "tokens", point.tokens(), "at most " + MOST_TOKENS);
        }
        if (!Point.OUTCOMES.contains(point.outcome())) {
            throw wrong(
                    path + "outcome",
                    point.outcome(),
                    "one of " + String.join(", ", Point.OUTCOMES.stream().sorted().toList()));
        }
        if (point.hasFigures()) {
            required(path + "calls", point.calls());
            required(path + "minMillis", point.minMillis());
            required(path + "p5Millis", point.p5Millis());
            required(path + "p50Millis", point.p50Millis());
            required(path + "p95Millis", point.p95Millis());
            required(path + "tokensPerSecond", point.tokensPerSecond());
            required(path + "operations", point.operations());
            required(path + "bytes", point.bytes());
        } else {
            required(path + "reason", point.reason());
        }
        positive(path + "calls", point.calls());
        positive(path + "minMillis", point.minMillis());
        positive(path + "p5Millis", point.p5Millis());
        positive(path + "p50Millis", point.p50Millis());
        positive(path + "p95Millis", point.p95Millis());
        positive(path + "kernelMillis", point.kernelMillis());
        positive(path + "kernelMinMillis", point.kernelMinMillis());
        positive(path + "kernelP95Millis", point.kernelP95Millis());
        positive(path + "tokensPerSecond", point.tokensPerSecond());
        positive(path + "operations", point.operations());
        positive(path + "bytes", point.bytes());
        positive(path + "peakFlops", point.peakFlops());
        positive(path + "peakBytesPerSecond", point.peakBytesPerSecond());
        atLeast0(path + "hostBytes", point.hostBytes());
        atLeast0(path + "deviceBytes", point.deviceBytes());
        positive(path + "gate", point.gate());
        // An error may be anything: one that is no number is past its gate.
        Double error = point.error();
        Double gate = point.gate();
        Boolean passed = point.passed();
        if (error != null && gate != null && passed != null && passed != (error <= gate)) {
            throw wrong(path + "passed", passed, "whether error is at most gate, " + !passed);
        }
    }

    private static void required(String name, @Nullable Object value) {
        if (value == null) {
            throw new IllegalArgumentException(name + " is missing");
        }
    }

    private static void finite(String name, @Nullable Number value) {
        if (value != null && !Double.isFinite(value.doubleValue())) {
            throw wrong(name, value, "finite");
        }
    }

    private static void positive(String name, @Nullable Number value) {
        finite(name, value);
        if (value != null && !(value.doubleValue() > 0)) {
            throw wrong(name, value, "above 0");
        }
    }

    private static void atLeast0(String name, @Nullable Number value) {
        finite(name, value);
        if (value != null && value.doubleValue() < 0) {
            throw wrong(name, value, "at least 0");
        }
    }

    private static IllegalArgumentException wrong(String name, Object value, String must) {
        return new IllegalArgumentException("%s is %s; it must be %s".formatted(name, value, must));
    }
}
