package io.github.lightning4j.tornado.devices;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.tornado.kernels.DecodeKernels;
import io.github.lightning4j.tornado.kernels.KernelFamily;
import io.github.lightning4j.tornado.kernels.Tile;

import java.util.Locale;

/**
 * What a device says that it allows and has. A driver that does not know a figure says 0.
 *
 * @param localMemory bytes of local memory of a group
 * @param groupThreads threads of a group
 * @param allocation bytes of one allocation
 * @param units multiprocessors, or the corresponding units
 */
public record DeviceLimits(long localMemory, int groupThreads, long allocation, int units) {
    /** The most elements of an array: array lengths are ints, and kernels index in ints. */
    public static final long MAX_ELEMENTS = Integer.MAX_VALUE - 64L;

    /** Bytes of local memory that the tiled kernels of a group need. */
    private static final long TILED_LOCAL_MEMORY = 40 << 10;

    /** Bytes of local memory that the kernels on tensor cores of a group need. */
    private static final long TENSOR_LOCAL_MEMORY = 48 << 10;

    /** Room for the header of an array, in elements. */
    private static final long HEADER = 16;

    /**
     * Groups of {@code TiledStates.chunkStates} to a multiprocessor. With four an H100 was at least
     * as fast as with three.
     */
    private static final int GROUPS_OF_A_UNIT = 4;

    /** Groups of a kernel on tensor cores to a multiprocessor, if threads have few registers. */
    private static final int TENSOR_GROUPS_OF_A_UNIT = 2;

    /** The multiprocessors of a large GPU, assumed where the driver does not say. */
    private static final int MANY_UNITS = 128;

    /** Loops over this many segments keep any device busy. */
    private static final int LOOPS_AT_ONCE = 512;

    /** Why the kernels of a family cannot run at all; empty if they can. */
    public String hindrance(KernelFamily family) {
        if (family == KernelFamily.LOOPS) {
            return "";
        }
        if (family == KernelFamily.TENSOR && localMemory < TENSOR_LOCAL_MEMORY) {
            return String.format(
                    Locale.ROOT,
                    "has %d bytes of local memory; the kernels on tensor cores need %d",
                    localMemory,
                    TENSOR_LOCAL_MEMORY);
        }
        if (localMemory < TILED_LOCAL_MEMORY) {
            return String.format(
                    Locale.ROOT,
                    "has %d bytes of local memory; the tiled kernels need %d",
                    localMemory,
                    TILED_LOCAL_MEMORY);
        }
        if (groupThreads > 0 && groupThreads < DecodeKernels.THREADS) {
            return String.format(
                    Locale.ROOT,
                    "has groups of at most %d threads; the tiled kernels need %d",
                    groupThreads,
                    DecodeKernels.THREADS);
        }
        return "";
    }

    /** The most elements of one array. */
    public long maxElements() {
        return allocation > 0
                ? Math.min(MAX_ELEMENTS, allocation / Float.BYTES - HEADER)
                : MAX_ELEMENTS;
    }

    /** Groups of the kernels on tensor cores that it works on at a time. */
    public int tensorGroups() {
        return (units > 0 ? units : MANY_UNITS) * TENSOR_GROUPS_OF_A_UNIT;
    }

    /** Segments of one head that it works on at a time. */
    public int segmentsAtOnce(KernelFamily family, AttentionConfig config) {
        if (family == KernelFamily.LOOPS) {
            return LOOPS_AT_ONCE;
        }
        int tiles = Tile.stateTiles(config.keyDim(), config.valueDim());
        return Math.max(1, (units > 0 ? units : MANY_UNITS) * GROUPS_OF_A_UNIT / tiles);
    }
}
