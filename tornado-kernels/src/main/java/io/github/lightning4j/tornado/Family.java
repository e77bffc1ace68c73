package io.github.lightning4j.tornado;

/** The two ways of writing the kernels. */
enum Family {
    /** {@link LoopKernels}: plain loops that TornadoVM maps to the device. */
    LOOPS {
        @Override
        long scratchPerStream() {
            return ChunkTable.SCORES;
        }
    },
    /** {@link Tile}: local memory, registers and barriers. */
    TILED {
        @Override
        long scratchPerStream() {
            return 0;
        }
    };

    /** Floats of scratch for a chunk of a head, its state aside. */
    abstract long scratchPerStream();

    /** The one that suits a device. */
    static Family of(boolean gpu) {
        return gpu ? TILED : LOOPS;
    }
}
