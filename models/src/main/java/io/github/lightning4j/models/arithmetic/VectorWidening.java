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

    /** As {@link Kernels#widen}. Each type has a loop of its own, which is twice as fast. */
    static void widen(MemorySegment weights, DType dtype, long from, float[] to, int at, int n) {
        int whole = dtype == DType.F32 ? 0 : n - n % W;
        if (dtype == DType.BF16) {
            for (int i = 0; i < whole; i += W) {
                bFloat16(weights, 2 * (from + i)).intoArray(to, at + i);
            }
        } else {
            for (int i = 0; i < whole; i += W) {
                float16(weights, 2 * (from + i)).intoArray(to, at + i);
            }
        }
        REST.widen(weights, dtype, from + whole, to, at + whole, n - whole);
    }

    /** Floats at an offset in bytes. */
    static FloatVector float32(MemorySegment weights, long offset) {
        return FloatVector.fromMemorySegment(SPECIES, weights, offset, LITTLE);
    }

    /** The upper halves of floats. */
    static FloatVector bFloat16(MemorySegment weights, long offset) {
        return wide(weights, offset).lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    private static IntVector wide(MemorySegment weights, long offset) {
        ShortVector bits = ShortVector.fromMemorySegment(SHORTS, weights, offset, LITTLE);
        return (IntVector) bits.convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
    }

    /**
     * Exponent and fraction move to their places in a binary32, and a power of two makes up for the
     * other bias; that also holds for subnormal numbers. The largest exponent, of infinities and
     * NaN, is put in by hand.
     */
    static FloatVector float16(MemorySegment weights, long offset) {
        IntVector bits = wide(weights, offset);
        IntVector magnitude = bits.and(0x7fff).lanewise(VectorOperators.LSHL, 13);
        FloatVector scaled = magnitude.reinterpretAsFloats().mul(0x1p112f);
        VectorMask<Integer> special = bits.and(0x7c00).compare(VectorOperators.EQ, 0x7c00);
        IntVector finite = scaled.reinterpretAsInts();
        IntVector all = finite.blend(magnitude.or(0x7f800000), special);
        IntVector sign = bits.and(0x8000).lanewise(VectorOperators.LSHL, 16);
        return all.or(sign).reinterpretAsFloats();
    }
}
