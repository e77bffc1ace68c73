package io.github.lightning4j.tornado.kernels;

/** The two ways of writing the kernels. Both compute the same. */
public enum KernelFamily {
    /** Plain loops that TornadoVM maps to the device, whichever it is. */
    LOOPS {
        @Override
        public long scratchPerStream() {
            return ChunkTable.SCORES;
        }
    },
    /** Tiles in local memory and registers, with barriers: for GPUs. */
    TILED {
        @Override
        public long scratchPerStream() {
            return 0;
        }
    };

    /** Floats of scratch for a chunk of a head, its state aside. */
    public abstract long scratchPerStream();

    /** The one that suits a device. */
    public static KernelFamily of(boolean gpu) {
        return gpu ? TILED : LOOPS;
    }
}
