package io.github.lightning4j.tornado.kernels;

/** The ways in which the kernels are written. All compute the same, but for rounding. */
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
    },
    /** Products on tensor cores, of 16-bit numbers with float32 sums: for some NVIDIA GPUs. */
    TENSOR {
        @Override
        public long scratchPerStream() {
            return 0;
        }
    };

    /** Floats of scratch for a chunk of a head, without its state. */
    public abstract long scratchPerStream();

    /** The family of the kernels that this one does not have. */
    public KernelFamily others() {
        return this == TENSOR ? TILED : this;
    }

    /** The family that suits a device without tensor cores. */
    public static KernelFamily of(boolean gpu) {
        return gpu ? TILED : LOOPS;
    }
}
