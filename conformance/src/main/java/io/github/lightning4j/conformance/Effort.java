package io.github.lightning4j.conformance;

/**
 * How large the cases are.
 *
 * @param randomShapes number of random shapes
 * @param maxTokens N of the largest random shape
 * @param maxDim D and E of the largest random shape
 * @param decodeSteps one-token appends of the long decode
 * @param memorySteps one-token appends between two measurements of the memory
 * @param poolSteps random steps of each interleaving of calls of a pool
 */
public record Effort(
        int randomShapes,
        int maxTokens,
        int maxDim,
        int decodeSteps,
        int memorySteps,
        int poolSteps) {
    /** For a device whose calls cost microseconds. */
    public static final Effort FULL = new Effort(90, 400, 96, 500_000, 250_000, 2_000);

    /**
     * For a further arithmetic of a backend whose first has passed {@link #FULL}: what sessions do
     * does not depend on it, and 0.4 % that are not forgotten are far above every gate.
     */
    public static final Effort FURTHER = new Effort(30, 400, 96, 40_000, 40_000, 250);

    /** For a device that compiles kernels for each configuration, in seconds. */
    public static final Effort SLOW_COMPILES = new Effort(16, 400, 96, 4_000, 4_000, 500);

    /** For a family of kernels that is not the one that suits the device. */
    public static final Effort BRIEF = new Effort(2, 200, 64, 500, 500, 100);

    /** For running the suite many times over. */
    public static final Effort SMALL = new Effort(20, 140, 24, 12_000, 12_000, 100);
}
