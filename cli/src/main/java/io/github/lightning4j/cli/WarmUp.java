package io.github.lightning4j.cli;

import org.jspecify.annotations.Nullable;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Calls before the clock: until the JIT is done with what they run. Kernels of the Vector API take
 * some hundred times as long before, and on a busy machine the JIT waits for a processor.
 */
final class WarmUp {
    private static final long LEAST = 1_500_000_000L;
    private static final long MOST = 4_000_000_000L;

    /** It is done when it has compiled nothing for so long. */
    private static final long QUIET = 200_000_000L;

    private final LongSupplier clock;
    private final LongSupplier compiled;

    /** By the clock and the JIT of this process. */
    WarmUp() {
        this(System::nanoTime, WarmUp::compiled);
    }

    /**
     * By others.
     *
     * @param clock nanoseconds
     * @param compiled how much was compiled so far, in any unit
     */
    WarmUp(LongSupplier clock, LongSupplier compiled) {
        this.clock = clock;
        this.compiled = compiled;
    }

    /**
     * Runs calls, one at the least.
     *
     * @return what the last one did
     */
    <T extends @Nullable Object> T run(Supplier<T> call) {
        long begin = clock.getAsLong();
        long before = compiled.getAsLong();
        long quiet = begin;
        long now;
        T last;
        do {
            last = call.get();
            now = clock.getAsLong();
            long total = compiled.getAsLong();
            if (total != before) {
                before = total;
                quiet = now;
            }
        } while (now - begin < MOST && (now - begin < LEAST || now - quiet < QUIET));
        return last;
    }

    private static long compiled() {
        CompilationMXBean jit = ManagementFactory.getCompilationMXBean();
        return jit != null && jit.isCompilationTimeMonitoringSupported()
                ? jit.getTotalCompilationTime()
                : 0;
    }
}
