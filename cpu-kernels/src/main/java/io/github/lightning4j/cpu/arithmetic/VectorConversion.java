package io.github.lightning4j.cpu.arithmetic;

import io.github.lightning4j.DType;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;

/**
 * {@link Conversion} on the Vector API, one species a class: {@link VectorWidths} defines it anew
 * for each. The compiler vectorizes the plain loops of float16 itself, not those of bfloat16.
 */
final class VectorConversion implements Conversion {
    private static final VectorSpecies<Float> SPECIES =
            VectorWidths.ClassData.of(MethodHandles.lookup()).species();
    private static final VectorSpecies<Integer> INTS = SPECIES.withLanes(int.class);
    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(
                    short.class, VectorShape.forBitSize(Math.max(64, SPECIES.vectorBitSize() / 2)));
    private static final int W = SPECIES.length();
    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
    private static final Conversion SCALAR = new ScalarKernels();

    VectorConversion() {}

    @Override
    public void load(DType type, MemorySegment source, long offset, float[] x, int at, int n) {
        int whole = n - n % W;
        switch (type) {
            case BF16 -> {
                for (int i = 0; i < whole; i += W) {
                    ShortVector bits =
                            ShortVector.fromMemorySegment(SHORTS, source, offset + 2L * i, LITTLE);
                    IntVector wide =
                            (IntVector) bits.convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
                    wide.lanewise(VectorOperators.LSHL, 16)
                            .reinterpretAsFloats()
                            .intoArray(x, at + i);
                }
                SCALAR.load(type, source, offset + 2L * whole, x, at + whole, n - whole);
            }
            default -> SCALAR.load(type, source, offset, x, at, n);
        }
    }

    @Override
    public void store(float[] x, int at, int n, DType type, MemorySegment target, long offset) {
        int whole = type == DType.BF16 ? n - n % W : 0;
        for (int i = 0; i < whole; i += W) {
            bFloat16(FloatVector.fromArray(SPECIES, x, at + i).reinterpretAsInts())
                    .intoMemorySegment(target, offset + 2L * i, LITTLE);
        }
        SCALAR.store(x, at + whole, n - whole, type, target, offset + (long) type.bytes() * whole);
    }

    /** As {@link DType#floatToBFloat16}: to the nearest, ties to even; NaN stays NaN. */
    private static ShortVector bFloat16(IntVector bits) {
        IntVector half = bits.lanewise(VectorOperators.LSHR, 16);
        VectorMask<Integer> nan = bits.and(0x7fffffff).compare(VectorOperators.GT, 0x7f800000);
        IntVector rounded = bits.add(0x7fff).add(half.and(1)).lanewise(VectorOperators.LSHR, 16);
        return (ShortVector)
                rounded.blend(half.or(0x40), nan).convertShape(VectorOperators.I2S, SHORTS, 0);
    }
}
