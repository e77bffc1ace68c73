package io.github.lightning4j.results;

import io.github.lightning4j.results.Point.Measured;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/** Sweeps made up for tests: softmax at n/100 µs a token, Lightning Attention-2 at 20 µs. */
public final class Sweeps {
    /** Tokens of every call of {@link #withKernels}. */
    private static final long ALL = 32_768;

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
            points.add(timed(new Point.Id("gpu", "softmax", n), ALL, n / 100.0, n / 200.0));
            double kernels = n == 4096 ? 2.2 : 2;
            points.add(timed(new Point.Id("gpu", "lightning-2", n), ALL, 20, kernels));
            points.add(timed(new Point.Id("cpu", "lightning-2", n), ALL, 50, null));
        }
        SweepResults results = of(points);
        return new SweepResults(
                results.conditions(),
                results.date(),
                shape(null, ALL),
                results.budget(),
                true,
                points);
    }

    /** A shape with one batch, or one number of tokens a call. */
    public static Shape shape(@Nullable Long batch, @Nullable Long totalTokens) {
        return new Shape(
                new Shape.Batches(batch, totalTokens),
                8,
                64,
                64,
                "f32",
                "heads-first",
                new Shape.Model("alibi", "identity", null),
                1);
    }

    /** Given points. */
    public static SweepResults of(List<Point> points) {
        return new SweepResults(
                new Conditions("0.1.0", "Linux amd64, Java 25", 2),
                "2026-11-24",
                shape(1L, null),
                new PointBudget(1.5, 3, 20),
                true,
                points);
    }

    /** A device of a sweep. */
    public static DeviceResults device(SweepResults results, String id) {
        return results.byDevice().stream()
                .filter(device -> device.device().equals(id))
                .findFirst()
                .orElseThrow();
    }

    /** A point of given microseconds a token; the kernels of a GPU take half of them. */
    public static Measured point(String device, String algorithm, long tokens, double micros) {
        return timed(
                new Point.Id(device, algorithm, tokens),
                tokens,
                micros,
                device.equals("cpu") ? null : micros * 0.5);
    }

    /** The same under another id of its device. */
    public static Point on(String device, Point point) {
        Point.Id id = new Point.Id(device, point.algorithm(), point.tokens());
        return switch (point) {
            case Point.Unmeasured it -> new Point.Unmeasured(id, it.outcome(), it.reason());
            case Measured it ->
                    new Measured(
                            id,
                            it.hardware(),
                            it.times(),
                            it.kernel(),
                            it.work(),
                            it.peaks(),
                            it.memory(),
                            it.accuracy());
        };
    }

    /** The same on other hardware and with what kernels took. */
    public static Measured with(Measured point, String hardware, @Nullable Double kernelMillis) {
        return new Measured(
                point.id(),
                hardware,
                point.times(),
                kernelMillis == null ? null : new Point.KernelTimes(null, kernelMillis, null),
                point.work(),
                point.peaks(),
                point.memory(),
                point.accuracy());
    }

    private static Measured timed(
            Point.Id id, long callTokens, double micros, @Nullable Double kernelMicros) {
        double millis = callTokens * micros / 1e3;
        double kernels = kernelMicros == null ? 0 : callTokens * kernelMicros / 1e3;
        return new Measured(
                id,
                "a device, of a kind",
                new Point.Times(9, millis * 0.9, millis * 0.95, millis, millis * 1.1, 1e6 / micros),
                kernelMicros == null
                        ? null
                        : new Point.KernelTimes(kernels * 0.9, kernels, kernels * 1.2),
                new Point.Work(callTokens * 1e6, callTokens * 1e3),
                new Point.Peaks(5e11, 4e10),
                new Point.Memory(200L << 20, id.device().equals("cpu") ? null : 64L << 20),
                new Point.Accuracy(3e-7, 1e-5));
    }
}
