package io.github.lightning4j.tornado;

/**
 * What a device allows, by its own word. A driver that does not say of something says 0.
 *
 * @param localMemory bytes of local memory of a group
 * @param groupThreads threads of a group
 * @param allocation bytes of one allocation
 */
record DeviceLimits(long localMemory, int groupThreads, long allocation) {
    /** Bytes of local memory that the tiled kernels of a group need. */
    private static final long TILED_LOCAL_MEMORY = 40 << 10;

    /** Room for the header of an array, in elements. */
    private static final long HEADER = 16;

    /** Why the kernels of a family cannot run at all; nothing if they can. */
    String hindrance(Family family) {
        if (family == Family.LOOPS) {
            return "";
        }
        if (localMemory < TILED_LOCAL_MEMORY) {
            return "has %d bytes of local memory; the tiled kernels need %d"
                    .formatted(localMemory, TILED_LOCAL_MEMORY);
        }
        if (groupThreads > 0 && groupThreads < DecodeKernels.THREADS) {
            return "has groups of at most %d threads; the tiled kernels need %d"
                    .formatted(groupThreads, DecodeKernels.THREADS);
        }
        return "";
    }

    /** Elements of one array at most. */
    long maxElements() {
        return allocation > 0
                ? Math.min(PlanKey.MAX_ELEMENTS, allocation / Float.BYTES - HEADER)
                : PlanKey.MAX_ELEMENTS;
    }
}
