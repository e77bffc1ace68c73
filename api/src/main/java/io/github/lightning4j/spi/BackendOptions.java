package io.github.lightning4j.spi;

/**
 * How a backend is to run.
 *
 * @param threads worker threads of a CPU backend, the calling thread included; 0: one for each
 *     processor the JVM may use
 * @param checkpointBlocks blocks of a sequence between two states that a backward pass keeps; 0:
 *     the backend's choice
 */
public record BackendOptions(int threads, int checkpointBlocks) {
    /** Checks the values. */
    public BackendOptions {
        if (threads < 0) {
            throw new IllegalArgumentException("threads is " + threads + "; it must be >= 0");
        }
        if (checkpointBlocks < 0) {
            throw new IllegalArgumentException(
                    "checkpointBlocks is " + checkpointBlocks + "; it must be >= 0");
        }
    }
}
