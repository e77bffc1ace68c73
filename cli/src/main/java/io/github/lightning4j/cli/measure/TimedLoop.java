package io.github.lightning4j.cli.measure;

import java.util.Arrays;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleConsumer;
import java.util.function.LongSupplier;

/**
 * Calls something again and again: first until the kernels are compiled, then with a clock around
 * each call.
 */
public final class TimedLoop {
    private final Budget budget;
    private final BooleanSupplier stopped;
    private final LongSupplier clock;

    /**
     * How long to go on.
     *
     * @param warmUpSeconds calls before the clock, at the least: see {@link WarmUp}
     * @param seconds timed calls begin for so long, one at least
     * @param repeat timed calls at most
     * @param atLeast timed calls, though they take longer
     * @param mostSeconds all calls together but the first, in which kernels may be compiled, and
     *     those that wait for the JIT; after that no other begins, if there was a timed one
     */
    public record Budget(
            double warmUpSeconds, double seconds, int repeat, int atLeast, double mostSeconds) {
        /** One timed call at least. */
        public Budget(double warmUpSeconds, double seconds, int repeat) {
            this(warmUpSeconds, seconds, repeat, 1, Double.POSITIVE_INFINITY);
        }
    }

    /** A loop that ends early, with the calls so far, once {@code stopped} says so. */
    public TimedLoop(Budget budget, BooleanSupplier stopped) {
        this(budget, stopped, System::nanoTime);
    }

    /** The same with a clock in ns. */
    TimedLoop(Budget budget, BooleanSupplier stopped, LongSupplier clock) {
        this.budget = budget;
        this.stopped = stopped;
        this.clock = clock;
    }

    /**
     * Warms up and measures.
     *
     * @param call what is timed
     * @param progress told the part that is done, 0 … 1
     * @return what each timed call took; empty only where the loop was stopped before
     */
    public Timings run(Runnable call, DoubleConsumer progress) {
        double all = budget.warmUpSeconds + budget.seconds;
        long start = clock.getAsLong();
        long first = 0;
        WarmUp warmUp = new WarmUp(budget.warmUpSeconds);
        do {
            call.run();
            first = first == 0 ? clock.getAsLong() : first;
            // A long last call does not count beyond the warm-up, or it would go back after it.
            progress.accept(
                    Math.min(seconds(start, clock.getAsLong()), budget.warmUpSeconds) / all);
        } while (!warmUp.isOver() && !stopped.getAsBoolean());
        double[] nanos = new double[16];
        int calls = 0;
        long begin = clock.getAsLong();
        // From when on calls count: waiting for the JIT is nothing that a length takes.
        long counted = Math.max(first, begin - (long) (budget.warmUpSeconds * 1e9));
        long now = begin;
        while (!stopped.getAsBoolean()
                && calls < budget.repeat
                && (calls == 0
                        || ((calls < budget.atLeast || seconds(begin, now) < budget.seconds)
                                && seconds(counted, now) < budget.mostSeconds))) {
            if (calls == nanos.length) {
                nanos = Arrays.copyOf(nanos, 2 * calls);
            }
            long before = clock.getAsLong();
            call.run();
            now = clock.getAsLong();
            nanos[calls++] = now - before;
            progress.accept((budget.warmUpSeconds + seconds(begin, now)) / all);
        }
        return Timings.ofNanos(Arrays.copyOf(nanos, calls));
    }

    /** Whether it was told to end. */
    boolean isStopped() {
        return stopped.getAsBoolean();
    }

    private static double seconds(long from, long to) {
        return (to - from) / 1e9;
    }
}
