package io.github.lightning4j.cli.measure;

import io.github.lightning4j.cli.console.Console;

import me.tongfei.progressbar.ProgressBar;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.function.Supplier;

/**
 * Calls that were timed, after as many as it takes to compile what they run.
 *
 * @param last result of the last one
 * @param medianMillis median time of a call
 * @param minMillis shortest time of a call
 */
public record TimedCalls<T extends @Nullable Object>(
        T last, double medianMillis, double minMillis) {
    /**
     * Runs and times calls.
     *
     * @param task what the progress bar says
     * @param warmUpSeconds calls before the clock, at the least: see {@link WarmUp}
     * @param repetitions how many are timed
     * @param call one of them
     */
    public static <T extends @Nullable Object> TimedCalls<T> of(
            Console console, String task, double warmUpSeconds, int repetitions, Supplier<T> call) {
        try (ProgressBar progress = console.progress(task, repetitions + 1L, "")) {
            T last = new WarmUp(warmUpSeconds).run(call);
            progress.step();
            double[] millis = new double[repetitions];
            for (int i = 0; i < repetitions; i++) {
                long start = System.nanoTime();
                last = call.get();
                millis[i] = (System.nanoTime() - start) / 1e6;
                progress.step();
            }
            Arrays.sort(millis);
            return new TimedCalls<>(last, millis[repetitions / 2], millis[0]);
        }
    }
}
