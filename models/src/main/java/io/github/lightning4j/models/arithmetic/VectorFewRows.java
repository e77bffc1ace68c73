package io.github.lightning4j.models.arithmetic;

import io.github.lightning4j.DType;
import io.github.lightning4j.models.arithmetic.Kernels.Rows;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;

/**
 * Products of a few rows with weights that are read where they lie, on the Vector API: what bounds
 * them is how fast the weights come from memory.
 */
final class VectorFewRows {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int W = SPECIES.length();

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
            switch (dtype) {
                case BF16 -> fewBFloat16(weights, first, apart, x, p, whole, sums);
                case F16 -> fewFloat16(weights, first, apart, x, p, whole, sums);
                default -> fewFloat32(weights, first, apart, x, p, whole, sums);
            }
            VectorSums.fold(sums, 0);
            if (whole < length) {
                VectorSums.rest(x, p + whole, tail, 0, length - whole, 0, length - whole, sums);
            }
            VectorSums.store(sums, c.floats(), c.at() + i * c.stride(), add);
        }
    }

    private static void fewBFloat16(
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
            s0 = a.fma(VectorWidening.bFloat16(weights, from + 2L * l), s0);
            s1 = a.fma(VectorWidening.bFloat16(weights, second + 2L * l), s1);
            s2 = a.fma(VectorWidening.bFloat16(weights, third + 2L * l), s2);
            s3 = a.fma(VectorWidening.bFloat16(weights, fourth + 2L * l), s3);
        }
        s0.intoArray(sums, 0);
        s1.intoArray(sums, W);
        s2.intoArray(sums, 2 * W);
        s3.intoArray(sums, 3 * W);
    }

    private static void fewFloat16(
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
            s0 = a.fma(VectorWidening.float16(weights, from + 2L * l), s0);
            s1 = a.fma(VectorWidening.float16(weights, second + 2L * l), s1);
            s2 = a.fma(VectorWidening.float16(weights, third + 2L * l), s2);
            s3 = a.fma(VectorWidening.float16(weights, fourth + 2L * l), s3);
        }
        s0.intoArray(sums, 0);
        s1.intoArray(sums, W);
        s2.intoArray(sums, 2 * W);
        s3.intoArray(sums, 3 * W);
    }

    private static void fewFloat32(
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
            s0 = a.fma(VectorWidening.float32(weights, from + 4L * l), s0);
            s1 = a.fma(VectorWidening.float32(weights, second + 4L * l), s1);
            s2 = a.fma(VectorWidening.float32(weights, third + 4L * l), s2);
            s3 = a.fma(VectorWidening.float32(weights, fourth + 4L * l), s3);
        }
        s0.intoArray(sums, 0);
        s1.intoArray(sums, W);
        s2.intoArray(sums, 2 * W);
        s3.intoArray(sums, 3 * W);
    }
}
