package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.DType;
import io.github.lightning4j.cpu.arithmetic.Elements;
import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.spi.AttentionProblem;

import java.lang.foreign.MemorySegment;

/**
 * Moves rows between a call's tensors, in either layout and any dtype, and scratch.
 *
 * @param elements converts them
 * @param problem the call whose tensors they are
 */
record RowTransfer(Elements elements, AttentionProblem problem) {
    /** Reads rows of an input. */
    void load(Rows rows, MemorySegment source, Matrix x) {
        load(rows, problem.inputType(), source, x);
    }

    /** The same behind the first {@code at} rows of X, which stay. */
    void load(Rows rows, MemorySegment source, Matrix x, int at) {
        load(rows, problem.inputType(), source, x, at);
    }

    /** Reads rows of q or k and makes them φ(q) or φ(k). */
    void features(Rows rows, MemorySegment source, Matrix x) {
        features(rows, source, x, 0);
    }

    /** The same behind the first {@code at} rows of X, which stay. */
    void features(Rows rows, MemorySegment source, Matrix x, int at) {
        load(rows, source, x, at);
        elements.apply(problem.config().featureMap(), x, at, x.rows());
    }

    /** Reads rows of a tensor with as many columns as X, whose rows they become. */
    void load(Rows rows, DType type, MemorySegment source, Matrix x) {
        load(rows, type, source, x, 0);
    }

    private void load(Rows rows, DType type, MemorySegment source, Matrix x, int at) {
        int dim = x.columns();
        int count = rows.count();
        x.shape(at + count, dim);
        long rowStride = problem.rowStride(dim);
        long first = first(rows, dim, rowStride);
        if (rowStride == dim && x.rowStride() == dim) {
            elements.load(type, source, first * type.bytes(), x.floats(), at * dim, count * dim);
            return;
        }
        for (int i = 0; i < count; i++) {
            long offset = (first + i * rowStride) * type.bytes();
            elements.load(type, source, offset, x.floats(), (at + i) * x.rowStride(), dim);
        }
    }

    /**
     * Reads columns of rows, from one of them on as many as X has, each row multiplied by its
     * weight.
     *
     * @param dim columns of the tensor
     * @param at where the weight of the first row is
     */
    void loadScaled(
            Rows rows,
            DType type,
            MemorySegment source,
            int dim,
            int column,
            float[] weights,
            int at,
            Matrix x) {
        x.shape(rows.count(), x.columns());
        long rowStride = problem.rowStride(dim);
        long first = first(rows, dim, rowStride) + column;
        long bytes = type.bytes();
        elements.loadScaled(type, source, first * bytes, rowStride * bytes, weights, at, x);
    }

    /** Rounds the rows of O to the output's type and writes them. */
    void store(Rows rows, Matrix o, MemorySegment target) {
        store(rows, o, 0, target);
    }

    /** The same for the rows of O behind the first {@code at}. */
    void store(Rows rows, Matrix o, int at, MemorySegment target) {
        store(rows, problem.outputType(), o, at, target);
    }

    /** Writes the rows of X into a tensor with as many columns. */
    void store(Rows rows, DType type, Matrix x, MemorySegment target) {
        store(rows, type, x, 0, target);
    }

    private void store(Rows rows, DType type, Matrix x, int at, MemorySegment target) {
        int dim = x.columns();
        int count = rows.count();
        long rowStride = problem.rowStride(dim);
        long first = first(rows, dim, rowStride);
        if (rowStride == dim && x.rowStride() == dim) {
            elements.store(x.floats(), at * dim, count * dim, type, target, first * type.bytes());
            return;
        }
        for (int i = 0; i < count; i++) {
            long offset = (first + i * rowStride) * type.bytes();
            elements.store(x.floats(), (at + i) * x.rowStride(), dim, type, target, offset);
        }
    }

    private long first(Rows rows, int dim, long rowStride) {
        return problem.rowOffset(rows.sequence(), rows.head(), dim) + rows.first() * rowStride;
    }
}
