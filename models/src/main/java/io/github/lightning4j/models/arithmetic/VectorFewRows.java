package io.github.lightning4j.models.arithmetic;

import io.github.lightning4j.DType;
import io.github.lightning4j.models.arithmetic.Kernels.Rows;

import java.lang.foreign.MemorySegment;

/**
 * Products of a few rows with weights that are read where they lie, on the Vector API: what bounds
 * them is how fast the weights come from memory. The build writes their loops, {@link VectorTiles}.
 */
final class VectorFewRows {
    private static final int W = VectorTiles.SPECIES.length();

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
                VectorTiles.bFloat16InPlace(x, p, 0, weights, first, apart, whole, sums);
            } else {
                VectorTiles.float32InPlace(x, p, 0, weights, first, apart, whole, sums);
            }
            VectorSums.fold(sums, 0);
            if (whole < length) {
                VectorSums.rest(x, p + whole, tail, 0, length - whole, 0, length - whole, sums);
            }
            VectorSums.store(sums, c.floats(), c.at() + i * c.stride(), add);
        }
    }
}
