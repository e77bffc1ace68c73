package io.github.lightning4j.cli.results;

import java.util.ArrayList;
import java.util.List;

/** Sweeps made up for tests: softmax at n/100 µs a token, Lightning Attention-2 at 20 µs. */
public final class Sweeps {
    private Sweeps() {}

    /** Two devices, two algorithms, 1k to 16k; the second device refuses softmax. */
    public static SweepResults ordinary() {
        List<Point> points = new ArrayList<>();
        for (long n = 1024; n <= 16_384; n *= 2) {
            points.add(point("cpu", "softmax", n, n / 100.0));
            points.add(point("cpu", "lightning-2", n, 20));
            points.add(point("gpu <0>", "lightning-2", n, 5));
        }
        points.add(Point.without("cpu", "softmax", 32_768, Point.STOPPED, "a call would take 9 s"));
        points.add(
                Point.without(
                        "gpu <0>", "softmax", 1024, Point.REFUSED, "no kernels & no \"hope\""));
        return of(points);
    }

    /** Given points. */
    public static SweepResults of(List<Point> points) {
        return new SweepResults(
                SweepResults.SCHEMA,
                "0.1.0",
                "2026-11-24",
                "Linux amd64, Java 25",
                new Shape(1, 8, 64, 64, "f32", "heads-first", "alibi", "identity", null, 1),
                new Budget(1.5, 3, 20),
                true,
                points);
    }

    /** A point of so many microseconds a token. */
    public static Point point(String device, String algorithm, long tokens, double micros) {
        double millis = tokens * micros / 1e3;
        return new Point(
                device,
                "a device, of a kind",
                algorithm,
                tokens,
                Point.MEASURED,
                null,
                9,
                millis * 0.9,
                millis * 0.95,
                millis,
                millis * 1.1,
                device.equals("cpu") ? null : millis * 0.5,
                1e6 / micros,
                tokens * 1e6,
                tokens * 1e3,
                5e11,
                4e10,
                200L << 20,
                device.equals("cpu") ? null : 64L << 20,
                3e-7,
                1e-5,
                true);
    }
}
