package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.DType;
import io.github.lightning4j.cpu.arithmetic.Kernels;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Moves states between [R, H, D, E] in memory and padded rows.
 *
 * @param kernels the arithmetic
 * @param blocking D, E and the strides of padded rows
 */
public record StateRows(Kernels kernels, Blocking blocking) {
    /** Reads the state of a stream; null: zeros. */
    public void read(@Nullable MemorySegment source, int stream, float[] s) {
        if (source == null) {
            Arrays.fill(s, 0);
            return;
        }
        for (int d = 0; d < blocking.keyDim(); d++) {
            kernels.load(
                    DType.F32,
                    source,
                    offset(stream, d),
                    s,
                    d * blocking.valueStride(),
                    blocking.valueDim());
        }
    }

    /** Reads the state of a stream as Sᵀ [E, D]; null: zeros. */
    public void readTransposed(@Nullable MemorySegment source, int stream, float[] sT) {
        Arrays.fill(sT, 0);
        if (source != null) {
            float[] row = new float[blocking.valueDim()];
            for (int d = 0; d < blocking.keyDim(); d++) {
                kernels.load(DType.F32, source, offset(stream, d), row, 0, row.length);
                for (int e = 0; e < row.length; e++) {
                    sT[e * blocking.keyStride() + d] = row[e];
                }
            }
        }
    }

    /** Writes the state of a stream. */
    public void write(float[] s, MemorySegment target, int stream) {
        for (int d = 0; d < blocking.keyDim(); d++) {
            kernels.store(
                    s,
                    d * blocking.valueStride(),
                    blocking.valueDim(),
                    DType.F32,
                    target,
                    offset(stream, d));
        }
    }

    private long offset(int stream, int d) {
        return ((long) stream * blocking.keyDim() + d) * blocking.valueDim() * Float.BYTES;
    }
}
