package io.github.lightning4j.cli.measure;

import io.github.lightning4j.Ceilings;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.cli.checks.Check;
import io.github.lightning4j.cli.checks.Problem;
import io.github.lightning4j.cli.console.Console;
import io.github.lightning4j.results.Pass;

import me.tongfei.progressbar.ProgressBar;

import java.util.List;
import java.util.Optional;

/**
 * Measures passes over problems on devices, one after another, beside what the hardware could do.
 */
public final class Bench {
    private static final int PROGRESS_STEPS = 100;

    private final Console console;
    private final TimedLoop loop;
    private final boolean deviceTensors;

    /**
     * Measures with a loop; progress goes to the console.
     *
     * @param deviceTensors whether passes read and write tensors that the device allocates
     */
    public Bench(Console console, TimedLoop loop, boolean deviceTensors) {
        this.console = console;
        this.loop = loop;
        this.deviceTensors = deviceTensors;
    }

    /**
     * Measures ceilings, then the pass, then, unless stopped, its errors.
     *
     * @return times and rates; empty where the loop was stopped before the first timed call
     */
    public Optional<BenchFigure> measure(Pass pass, LightningAttention attention, Problem problem) {
        Work work = Work.of(pass, problem, attention.blockRows());
        try (BenchCase bench = BenchCase.of(pass, attention, problem, deviceTensors)) {
            Ceilings ceilings = attention.measureCeilings((long) work.bytes()).orElse(null);
            KernelClock clock = new KernelClock(attention);
            Timings timings = time(pass, bench, clock);
            if (timings.calls() == 0) {
                return Optional.empty();
            }
            // Who stops it does not want to wait for the definition.
            List<Check> checks = loop.isStopped() ? List.of() : bench.checks();
            Double kernels = clock.median(timings.calls());
            return Optional.of(new BenchFigure(pass, work, timings, kernels, ceilings, checks));
        }
    }

    private Timings time(Pass pass, BenchCase bench, KernelClock clock) {
        try (ProgressBar progress = console.progress(pass.words(), PROGRESS_STEPS, " %")) {
            return loop.run(
                    () -> clock.around(bench::run),
                    part -> progress.stepTo((long) (Math.min(part, 1) * PROGRESS_STEPS)));
        }
    }
}
