package io.github.lightning4j.models.arithmetic;

import io.github.lightning4j.DType;
import io.github.lightning4j.models.arithmetic.Kernels.Rows;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Runs {@link VectorKernels} on very short rows until the JVM has compiled them. Interpreted
 * vectors are objects, some thousand times slower than instructions: without this the first prompt
 * takes many times longer than the second, and a few hundred milliseconds here end that.
 */
final class VectorWarmUp {
    /** C2 compiles what was called some 5,000 times. */
    private static final int CALLS = 6_000;

    private static final int ROWS = 13;
    private static final List<DType> TYPES = List.of(DType.BF16, DType.F16, DType.F32);

    private static boolean done;

    private VectorWarmUp() {}

    /** Calls each kernel as often as the compiler wants it, if nobody did so before. */
    static synchronized void once(Kernels kernels, MemorySegment weights) {
        if (!done && weights.byteSize() >= bytes(kernels)) {
            run(kernels, weights);
            done = true;
        }
    }

    /** What is read of the weights: four rows of floats. */
    private static long bytes(Kernels kernels) {
        return 4L * Float.BYTES * (2 * kernels.lanes() + 1);
    }

    private static void run(Kernels kernels, MemorySegment weights) {
        int whole = 2 * kernels.lanes();
        float[] floats = new float[ROWS * (whole + 1)];
        float[] results = new float[ROWS * ROWS];
        Rows a = new Rows(floats, 0, whole, ROWS);
        Rows b = new Rows(floats, 0, whole, 5);
        Rows c = new Rows(results, 0, ROWS, ROWS);
        Rows few = new Rows(floats, 0, whole, 1);
        for (int i = 0; i < CALLS; i++) {
            // Now and then not a multiple of the lanes, so that the loops for the rest are
            // compiled.
            int length = whole + (i & 1);
            kernels.multiply(a, b, c, length, (i & 2) == 0);
            kernels.gate(floats, results, 0, length);
            for (DType type : TYPES) {
                kernels.widen(weights, type, 0, floats, 0, length);
                kernels.multiplyFew(few, weights, type, 0, length, c, length, (i & 2) == 0);
            }
        }
    }
}
