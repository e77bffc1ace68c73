package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.DType;
import io.github.lightning4j.cpu.arithmetic.Kernels;
import io.github.lightning4j.spi.AttentionProblem;

import java.lang.foreign.MemorySegment;

/**
 * Moves rows between a call's tensors, in either layout and any dtype, and scratch.
 *
 * @param kernels that convert
 * @param problem whose tensors they are
 */
record RowTransfer(Kernels kernels, AttentionProblem problem) {
    /** Reads rows of a tensor with {@code dim} columns into x of that stride. */
    void load(Rows rows, DType type, MemorySegment source, int dim, float[] x, int stride) {
        long rowStride = problem.rowStride(dim);
        long first = first(rows, dim, rowStride);
        if (rowStride == dim && stride == dim) {
            kernels.load(type, source, first * type.bytes(), x, 0, rows.count() * dim);
            return;
        }
        for (int i = 0; i < rows.count(); i++) {
            kernels.load(type, source, (first + i * rowStride) * type.bytes(), x, i * stride, dim);
        }
    }

    /** Writes rows of x, of that stride, into a tensor with {@code dim} columns. */
    void store(Rows rows, DType type, float[] x, int stride, int dim, MemorySegment target) {
        long rowStride = problem.rowStride(dim);
        long first = first(rows, dim, rowStride);
        if (rowStride == dim && stride == dim) {
            kernels.store(x, 0, rows.count() * dim, type, target, first * type.bytes());
            return;
        }
        for (int i = 0; i < rows.count(); i++) {
            kernels.store(x, i * stride, dim, type, target, (first + i * rowStride) * type.bytes());
        }
    }

    private long first(Rows rows, int dim, long rowStride) {
        return problem.rowOffset(rows.sequence(), rows.head(), dim) + rows.first() * rowStride;
    }
}
