package io.github.lightning4j.models.arithmetic;

import io.github.lightning4j.DType;
import io.github.lightning4j.models.arithmetic.Kernels.Rows;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/**
 * Products of a few rows with weights that are read where they lie, on the Vector API: what bounds
 * them is how fast the weights come from memory. What a loop does stands in it, because a method
 * that returns a vector is not always inlined, and then puts it on the heap.
 */
final class VectorFewRows {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = SPECIES.withLanes(int.class);
    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(
                    short.class, VectorShape.forBitSize(Math.max(64, SPECIES.vectorBitSize() / 2)));
    private static final int W = SPECIES.length();
    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;

    private VectorFewRows() {}

    /** As {@link Kernels#multiplyFew}. */
    static void multiply(
            Rows a,
            MemorySegment weights,
            DType dtype,
            long from,
            int stride,
            Rows c,
            int length,
            boolean add) {
        float[] x = a.floats();
        int whole = length - length % W;
        long first = from * dtype.bytes();
        long apart = (long) stride * dtype.bytes();
        float[] sums = VectorSums.ARRAY.get();
        float[] tail = new float[4 * (length - whole)];
        for (int r = 0; r < 4 && whole < length; r++) {
            VectorWidening.widen(
                    weights,
                    dtype,
                    from + (long) r * stride + whole,
                    tail,
                    r * (length - whole),
                    length - whole);
        }
        for (int i = 0; i < a.count(); i++) {
            int p = a.at() + i * a.stride();
            if (dtype == DType.BF16) {
                bFloat16(weights, first, apart, x, p, whole, sums);
            } else {
                float32(weights, first, apart, x, p, whole, sums);
            }
            VectorSums.fold(sums, 0);
            if (whole < length) {
                VectorSums.rest(x, p + whole, tail, 0, length - whole, 0, length - whole, sums);
            }
            VectorSums.store(sums, c.floats(), c.at() + i * c.stride(), add);
        }
    }

    private static void bFloat16(
            MemorySegment weights,
            long from,
            long stride,
            float[] x,
            int p,
            int whole,
            float[] sums) {
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        long second = from + stride;
        long third = second + stride;
        long fourth = third + stride;
        for (int l = 0; l < whole; l += W) {
            FloatVector a = FloatVector.fromArray(SPECIES, x, p + l);
            long at = 2L * l;
            IntVector b0 =
                    (IntVector)
                            ShortVector.fromMemorySegment(SHORTS, weights, from + at, LITTLE)
                                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
            s0 = a.fma(b0.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), s0);
            IntVector b1 =
                    (IntVector)
                            ShortVector.fromMemorySegment(SHORTS, weights, second + at, LITTLE)
                                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
            s1 = a.fma(b1.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), s1);
            IntVector b2 =
                    (IntVector)
                            ShortVector.fromMemorySegment(SHORTS, weights, third + at, LITTLE)
                                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
            s2 = a.fma(b2.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), s2);
            IntVector b3 =
                    (IntVector)
                            ShortVector.fromMemorySegment(SHORTS, weights, fourth + at, LITTLE)
                                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
            s3 = a.fma(b3.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), s3);
        }
        s0.intoArray(sums, 0);
        s1.intoArray(sums, W);
        s2.intoArray(sums, 2 * W);
        s3.intoArray(sums, 3 * W);
    }

    private static void float32(
            MemorySegment weights,
            long from,
            long stride,
            float[] x,
            int p,
            int whole,
            float[] sums) {
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        long second = from + stride;
        long third = second + stride;
        long fourth = third + stride;
        for (int l = 0; l < whole; l += W) {
            FloatVector a = FloatVector.fromArray(SPECIES, x, p + l);
            long at = 4L * l;
            s0 = a.fma(FloatVector.fromMemorySegment(SPECIES, weights, from + at, LITTLE), s0);
            s1 = a.fma(FloatVector.fromMemorySegment(SPECIES, weights, second + at, LITTLE), s1);
            s2 = a.fma(FloatVector.fromMemorySegment(SPECIES, weights, third + at, LITTLE), s2);
            s3 = a.fma(FloatVector.fromMemorySegment(SPECIES, weights, fourth + at, LITTLE), s3);
        }
        s0.intoArray(sums, 0);
        s1.intoArray(sums, W);
        s2.intoArray(sums, 2 * W);
        s3.intoArray(sums, 3 * W);
    }
}
