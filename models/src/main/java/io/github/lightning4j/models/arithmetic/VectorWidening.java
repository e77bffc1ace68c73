package io.github.lightning4j.models.arithmetic;

import io.github.lightning4j.DType;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/** Weights of 16 and 32 bits as vectors of floats, exactly. */
final class VectorWidening {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = SPECIES.withLanes(int.class);
    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(
                    short.class, VectorShape.forBitSize(Math.max(64, SPECIES.vectorBitSize() / 2)));
    private static final int W = SPECIES.length();
    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
    private static final ScalarKernels REST = new ScalarKernels();

    private VectorWidening() {}

    /**
     * As {@link Kernels#widen}. Each type has a loop of its own, and all that it does stands in it:
     * a method that returns a vector is not always inlined, and then puts it on the heap.
     */
    static void widen(MemorySegment weights, DType dtype, long from, float[] to, int at, int n) {
        int whole = n - n % W;
        switch (dtype) {
            case BF16 -> bFloat16(weights, 2 * from, to, at, whole);
            case F16 -> float16(weights, 2 * from, to, at, whole);
            default -> whole = 0;
        }
        REST.widen(weights, dtype, from + whole, to, at + whole, n - whole);
    }

    /** The upper halves of floats. */
    private static void bFloat16(
            MemorySegment weights, long offset, float[] to, int at, int whole) {
        for (int i = 0; i < whole; i += W) {
            IntVector bits =
                    (IntVector)
                            ShortVector.fromMemorySegment(SHORTS, weights, offset + 2L * i, LITTLE)
                                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
            bits.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().intoArray(to, at + i);
        }
    }

    /**
     * Exponent and fraction move to their places in a binary32, and a power of two makes up for the
     * other bias; that also holds for subnormal numbers. The largest exponent, of infinities and
     * NaN, is put in by hand.
     */
    private static void float16(MemorySegment weights, long offset, float[] to, int at, int whole) {
        for (int i = 0; i < whole; i += W) {
            IntVector bits =
                    (IntVector)
                            ShortVector.fromMemorySegment(SHORTS, weights, offset + 2L * i, LITTLE)
                                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
            IntVector magnitude = bits.and(0x7fff).lanewise(VectorOperators.LSHL, 13);
            FloatVector scaled = magnitude.reinterpretAsFloats().mul(0x1p112f);
            VectorMask<Integer> special = bits.and(0x7c00).compare(VectorOperators.EQ, 0x7c00);
            IntVector all = scaled.reinterpretAsInts().blend(magnitude.or(0x7f800000), special);
            IntVector sign = bits.and(0x8000).lanewise(VectorOperators.LSHL, 16);
            all.or(sign).reinterpretAsFloats().intoArray(to, at + i);
        }
    }
}
