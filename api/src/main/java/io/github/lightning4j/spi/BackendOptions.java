package io.github.lightning4j.spi;

/**
 * How a backend is to run.
 *
 * @param threads worker threads of a CPU backend, the calling thread included; 0: one for each
 *     processor the JVM may use; at most {@link #MAX_THREADS}
 * @param checkpointBlocks blocks of a sequence between two states that a backward pass keeps; 0:
 *     the backend's choice
 */
public record BackendOptions(int threads, int checkpointBlocks) {
    /** The most threads that can be asked for: no more than the largest machines have. */
    public static final int MAX_THREADS = 4096;

    /** Checks the values. */
    public BackendOptions {
        if (threads < 0 || threads > MAX_THREADS) {
            throw new IllegalArgumentException(
                    "threads is " + threads + "; it must be 0 ... " + MAX_THREADS);
        }
        if (checkpointBlocks < 0) {
            throw new IllegalArgumentException(
                    "checkpointBlocks is " + checkpointBlocks + "; it must be >= 0");
        }
    }
}
