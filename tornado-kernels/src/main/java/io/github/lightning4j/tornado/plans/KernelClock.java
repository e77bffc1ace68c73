package io.github.lightning4j.tornado.plans;

/**
 * The time that kernels took on a device since somebody first asked. TornadoVM keeps about 2 KB for
 * each run that it times and never drops them, so runs are not timed before that.
 *
 * <p>Thread-safe by {@code DeviceLock}, which callers hold.
 */
final class KernelClock {
    private boolean running;
    private long nanos;

    /** Whether runs are to be timed. */
    boolean isRunning() {
        return running;
    }

    /** Counts a run. */
    void add(long taken) {
        nanos += taken;
    }

    /** Time that kernels took since this was asked for the first time, in ns. */
    long nanos() {
        running = true;
        return nanos;
    }
}
