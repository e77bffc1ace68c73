package io.github.lightning4j.cli.results;

import org.jspecify.annotations.Nullable;

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

    /** With kernels that take a tenth of Lightning Attention-2's calls and half of softmax's. */
    public static SweepResults withKernels() {
        List<Point> points = new ArrayList<>();
        for (long n = 1024; n <= 16_384; n *= 2) {
            points.add(timed("gpu", "softmax", n, n / 100.0, n / 200.0));
            points.add(timed("gpu", "lightning-2", n, 20, n == 4096 ? 2.2 : 2));
            points.add(point("cpu", "lightning-2", n, 50));
        }
        SweepResults results = of(points);
        return new SweepResults(
                results.schema(),
                results.version(),
                results.date(),
                results.system(),
                2,
                shape(null, 32_768L),
                results.budget(),
                true,
                points);
    }

    /** A shape with one batch, or one number of tokens a call. */
    public static Shape shape(@Nullable Long batch, @Nullable Long totalTokens) {
        return new Shape(
                batch, totalTokens, 8, 64, 64, "f32", "heads-first", "alibi", "identity", null, 1);
    }

    /** Given points. */
    public static SweepResults of(List<Point> points) {
        return new SweepResults(
                SweepResults.SCHEMA,
                "0.1.0",
                "2026-11-24",
                "Linux amd64, Java 25",
                2,
                shape(1L, null),
                new Budget(1.5, 3, 20),
                true,
                points);
    }

    /** A point of so many microseconds a token; the kernels of a GPU take half of them. */
    public static Point point(String device, String algorithm, long tokens, double micros) {
        return timed(device, algorithm, tokens, micros, device.equals("cpu") ? null : micros * 0.5);
    }

    private static Point timed(
            String device,
            String algorithm,
            long tokens,
            double micros,
            @Nullable Double kernelMicros) {
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
                kernelMicros == null ? null : tokens * kernelMicros / 1e3,
                kernelMicros == null ? null : tokens * kernelMicros / 1e3 * 0.9,
                kernelMicros == null ? null : tokens * kernelMicros / 1e3 * 1.2,
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
