package io.github.lightning4j.cli.sweep;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.BackendException;
import io.github.lightning4j.Ceilings;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.cli.checks.Check;
import io.github.lightning4j.cli.checks.Problem;
import io.github.lightning4j.cli.checks.ReferenceCheck;
import io.github.lightning4j.cli.checks.SyntheticTensors;
import io.github.lightning4j.cli.measure.HostMemory;
import io.github.lightning4j.cli.measure.KernelClock;
import io.github.lightning4j.cli.measure.TimedLoop;
import io.github.lightning4j.cli.measure.Timings;
import io.github.lightning4j.cli.measure.WarmUp;
import io.github.lightning4j.cli.measure.Work;
import io.github.lightning4j.cli.options.DeviceOptions;
import io.github.lightning4j.cli.options.ModelOptions;
import io.github.lightning4j.results.Pass;
import io.github.lightning4j.results.Point;
import io.github.lightning4j.results.PointBudget;
import io.github.lightning4j.results.Shape;
import io.github.lightning4j.results.text.Numbers;
import io.github.lightning4j.results.text.Words;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/** Points of one algorithm on one device, at lengths that rise. Not thread-safe. */
public final class SeriesMeasurement {
    /** Timed calls of a point, however long they take. */
    private static final int CALLS = 3;

    /**
     * Calls before anything is measured at the first length, in which the JVM compiles; none where
     * no warm-up is wanted.
     */
    private static final double COMPILING_SECONDS = 2;

    private final DeviceOptions device;
    private final ModelOptions model;
    private final AttentionConfig config;
    private final Forecast forecast;
    private final long seed;
    private final PointBudget budget;
    private final int repeat;

    /** Those that a length needs at least, the one before the clock included. */
    private final int calls;

    private final Probes probes;
    private @Nullable Ceilings ceilings;
    private boolean begun;
    private Forecast.@Nullable Call last;

    /**
     * A series.
     *
     * @param model says which algorithm
     * @param repeat timed calls of a point at most
     */
    public SeriesMeasurement(
            DeviceOptions device,
            ModelOptions model,
            Shape.Batches batches,
            long seed,
            PointBudget budget,
            int repeat) {
        this.device = device;
        this.model = model;
        this.config = model.supportedConfig();
        this.forecast = new Forecast(config, model.dtype().bytes(), batches::at);
        this.seed = seed;
        this.budget = budget;
        this.repeat = repeat;
        this.calls = Math.min(CALLS, repeat) + 1;
        this.probes = new Probes(forecast, budget.pointSeconds() / calls, this::probe);
    }

    /** Tells what a call took at a length that was measured before. */
    public void after(long tokens, double seconds) {
        last = forecast.call(tokens, seconds);
    }

    /** Measures a length, or says why not. */
    public Point measure(long tokens) {
        String tooMuch = tooLarge(tokens);
        if (tooMuch != null) {
            return without(tokens, Point.STOPPED, tooMuch);
        }
        try {
            last = probes.before(tokens, last);
            tooMuch = tooSlow(tokens);
            if (tooMuch != null) {
                return without(tokens, Point.STOPPED, tooMuch);
            }
            try (LightningAttention attention = device.open(config);
                    Arena arena = Arena.ofShared()) {
                return timed(attention, arena, tokens);
            }
        } catch (BackendException e) {
            return without(tokens, Point.REFUSED, String.valueOf(e.getMessage()));
        } catch (OutOfMemoryError e) {
            return without(tokens, Point.FAILED, "out of memory: " + e.getMessage());
        }
    }

    private Point without(long tokens, String outcome, String reason) {
        return new Point.Unmeasured(id(tokens), outcome, reason);
    }

    /** The device is called as it was asked for: a sweep knows it by that name. */
    private Point.Id id(long tokens) {
        return new Point.Id(device.id(), Words.optionName(config.algorithm()), tokens);
    }

    /** Why there is no time for a length, or null. */
    private @Nullable String tooSlow(long tokens) {
        double seconds = last == null ? 0 : forecast.seconds(tokens, last);
        return calls * seconds > budget.pointSeconds()
                ? String.format(
                        Locale.ROOT,
                        "a call would take about %.2g s, %d of them more than the %.3g s of a"
                                + " length",
                        seconds,
                        calls,
                        budget.pointSeconds())
                : null;
    }

    /** Why there is no memory for a length, or null. */
    private @Nullable String tooLarge(long tokens) {
        double bytes = forecast.tensorBytes(tokens);
        OptionalLong available = HostMemory.available();
        return available.isPresent() && bytes > 0.8 * available.getAsLong()
                ? "q, k, v and o need %s; the machine has %s left"
                        .formatted(
                                Numbers.bytes((long) bytes), Numbers.bytes(available.getAsLong()))
                : null;
    }

    /**
     * The shortest call but the first, in which kernels are compiled. The device is opened for them
     * alone, so that they leave no memory there.
     */
    private double probe(long batch, long tokens, double seconds) {
        try (LightningAttention attention = device.open(config);
                Arena arena = Arena.ofShared()) {
            Problem problem = problem(arena, batch, tokens);
            Tensor o = problem.output(Problem.Memory.of(arena));
            TimedLoop.Budget calls = new TimedLoop.Budget(0, seconds, Integer.MAX_VALUE);
            Timings timings =
                    new TimedLoop(calls, () -> false)
                            .run(() -> attention.attend(problem.inputs(), o), part -> {});
            return timings.min() / 1e3;
        }
    }

    private Problem problem(Arena arena, long batch, long tokens) {
        SyntheticTensors tensors = new SyntheticTensors(arena, seed);
        return new Problem(config, tensors.inputs(config, model.dtype(), batch, tokens));
    }

    private Point timed(LightningAttention attention, Arena arena, long tokens) {
        Problem problem = problem(arena, forecast.batchAt().applyAsLong(tokens), tokens);
        Tensor o = problem.output(Problem.Memory.of(arena));
        if (!begun) {
            ceilings = attention.measureCeilings(Point.Peaks.WORKING_SET).orElse(null);
        }
        KernelClock clock = new KernelClock(attention);
        Runnable call = () -> attention.attend(problem.inputs(), o);
        TimedLoop.Budget calling =
                new TimedLoop.Budget(
                        budget.warmUpSeconds(),
                        budget.seconds(),
                        repeat,
                        CALLS,
                        budget.pointSeconds());
        if (!begun) {
            new WarmUp(budget.warmUpSeconds() == 0 ? 0 : COMPILING_SECONDS)
                    .run(() -> {
                        call.run();
                        return o;
                    });
            begun = true;
        }
        boolean peakKnown = HostMemory.forgetPeak();
        Timings timings =
                new TimedLoop(calling, () -> false).run(() -> clock.around(call), part -> {});
        OptionalLong host = HostMemory.peak();
        OptionalLong onDevice = attention.deviceMemory();
        List<Check> checks = new ReferenceCheck(problem, o, null).sample(2);
        Check check = checks.isEmpty() ? null : checks.getFirst();
        double seconds = timings.percentile(50) / 1e3;
        after(tokens, seconds);
        Timings kernels = clock.last(timings.calls());
        Work work = Work.of(Pass.FORWARD, problem, attention.blockRows());
        return new Point.Measured(
                id(tokens),
                attention.device().name() + ", " + attention.device().description(),
                new Point.Times(
                        timings.calls(),
                        timings.min(),
                        timings.percentile(5),
                        timings.percentile(50),
                        timings.percentile(95),
                        work.tokens() / seconds),
                kernels == null
                        ? null
                        : new Point.KernelTimes(
                                kernels.min(), kernels.percentile(50), kernels.percentile(95)),
                new Point.Work(work.operations(), work.bytes()),
                ceilings == null
                        ? null
                        : new Point.Peaks(ceilings.flops(), ceilings.readBytesPerSecond()),
                new Point.Memory(
                        peakKnown && host.isPresent() ? (Long) host.getAsLong() : null,
                        onDevice.isPresent() ? (Long) onDevice.getAsLong() : null),
                check == null ? null : new Point.Accuracy(check.error(), check.gate()));
    }
}
