package io.github.lightning4j.spi;

/**
 * How a backend is to run.
 *
 * @param threads worker threads of a CPU backend, the calling thread included; 0: one for each
 *     processor the JVM may use
 */
public record BackendOptions(int threads) {
    /** Checks the values. */
    public BackendOptions {
        if (threads < 0) {
            throw new IllegalArgumentException("threads is " + threads + "; it must be >= 0");
        }
    }
}
