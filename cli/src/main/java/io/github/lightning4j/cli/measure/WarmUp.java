package io.github.lightning4j.cli.measure;

import org.jspecify.annotations.Nullable;

import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Calls before the clock: for a time, and on until the JIT is done with what they run. Kernels of
 * the Vector API take some hundred times as long before, and on a busy machine the JIT waits for a
 * processor.
 *
 * <p>Begins when it is made. Not thread-safe.
 */
public final class WarmUp {
    /** What it lasts longer at most, in seconds. */
    private static final double MOST_MORE = 10;

    /** The JIT is done when it had nothing to do for so long. */
    private static final long QUIET = 200_000_000L;

    /** It is asked that often. */
    private static final long PAUSE = 20_000_000L;

    private final LongSupplier clock;
    private final BooleanSupplier idle;
    private final double least;
    private final double most;
    private final long begin;
    private long asked;
    private long busy;

    /**
     * By the clock and the JIT of this process.
     *
     * @param seconds how long at the least; 0: one call, whatever the JIT does
     */
    public WarmUp(double seconds) {
        this(seconds, System::nanoTime, new Jit()::isIdle);
    }

    /**
     * By others.
     *
     * @param seconds how long at the least
     * @param clock nanoseconds
     * @param idle whether the JIT had nothing to do since it was last asked
     */
    public WarmUp(double seconds, LongSupplier clock, BooleanSupplier idle) {
        this.clock = clock;
        this.idle = idle;
        least = seconds * 1e9;
        most = seconds == 0 ? 0 : least + MOST_MORE * 1e9;
        begin = clock.getAsLong();
        asked = begin - PAUSE;
        busy = begin;
    }

    /** Whether it is over; asked after each call. */
    boolean isOver() {
        long now = clock.getAsLong();
        if (now - begin >= most) {
            return true;
        }
        if (now - asked >= PAUSE) {
            asked = now;
            if (!idle.getAsBoolean()) {
                busy = now;
            }
        }
        return now - begin >= least && now - busy >= QUIET;
    }

    /**
     * Runs calls, one at the least.
     *
     * @return what the last one did
     */
    public <T extends @Nullable Object> T run(Supplier<T> call) {
        T last;
        do {
            last = call.get();
        } while (!isOver());
        return last;
    }
}
