package io.github.lightning4j.tornado.kernels;

/** The two ways in which the kernels are written. Both compute the same. */
public enum KernelFamily {
    /** Plain loops that TornadoVM maps to any device. */
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

    /** Floats of scratch for a chunk of a head, without its state. */
    public abstract long scratchPerStream();

    /** The family that suits a device. */
    public static KernelFamily of(boolean gpu) {
        return gpu ? TILED : LOOPS;
    }
}
