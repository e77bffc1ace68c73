package io.github.lightning4j.tornado.plans;

/**
 * What kernels took on a device, from when somebody first asks. TornadoVM keeps a log of each run
 * that it times, about 2 KB that it never drops, so nobody pays for it who did not ask.
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
