package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.DType;
import io.github.lightning4j.cpu.arithmetic.Elements;
import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.TensorMemory;

import java.lang.foreign.MemorySegment;

/**
 * Moves rows between a call's tensors, in either layout and any dtype, and scratch.
 *
 * @param elements converts them
 * @param problem the call whose tensors they are
 */
record RowTransfer(Elements elements, AttentionProblem problem) {
    /** Reads rows of an input. */
    void load(Rows rows, TensorMemory source, Matrix x) {
        load(rows, problem.inputType(), source, x);
    }

    /** The same behind the first {@code at} rows of X, which stay. */
    void load(Rows rows, TensorMemory source, Matrix x, int at) {
        load(rows, problem.inputType(), source, x, at);
    }

    /** Reads rows of q or k and makes them φ(q) or φ(k). */
    void features(Rows rows, TensorMemory source, Matrix x) {
        features(rows, source, x, 0);
    }

    /** The same behind the first {@code at} rows of X, which stay. */
    void features(Rows rows, TensorMemory source, Matrix x, int at) {
        load(rows, source, x, at);
        elements.apply(problem.config().featureMap(), x, at, x.rows());
    }

    /** Reads rows of a tensor with as many columns as X, whose rows they become. */
    void load(Rows rows, DType type, TensorMemory source, Matrix x) {
        load(rows, type, source, x, 0);
    }

    /** Reads as many columns of the rows of an input as X has, from one of them on. */
    void loadColumns(Rows rows, TensorMemory source, int dim, int column, Matrix x) {
        load(rows, problem.inputType(), source, dim, column, x, 0);
    }

    private void load(Rows rows, DType type, TensorMemory source, Matrix x, int at) {
        load(rows, type, source, x.columns(), 0, x, at);
    }

    private void load(
            Rows rows, DType type, TensorMemory source, int dim, int column, Matrix x, int at) {
        int columns = x.columns();
        int count = rows.count();
        x.shape(at + count, columns);
        MemorySegment segment = source.segment();
        long rowStride = rowStride(source, dim);
        long first = first(rows, source, dim, rowStride) + column;
        if (rowStride == columns && x.rowStride() == columns) {
            int all = count * columns;
            elements.load(type, segment, first * type.bytes(), x.floats(), at * columns, all);
            return;
        }
        for (int i = 0; i < count; i++) {
            long offset = (first + i * rowStride) * type.bytes();
            elements.load(type, segment, offset, x.floats(), (at + i) * x.rowStride(), columns);
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
            TensorMemory source,
            int dim,
            int column,
            float[] weights,
            int at,
            Matrix x) {
        x.shape(rows.count(), x.columns());
        long rowStride = rowStride(source, dim);
        long first = first(rows, source, dim, rowStride) + column;
        long bytes = type.bytes();
        elements.loadScaled(
                type, source.segment(), first * bytes, rowStride * bytes, weights, at, x);
    }

    /** Rounds the rows of O to the output's type and writes them. */
    void store(Rows rows, Matrix o, TensorMemory target) {
        store(rows, o, 0, target);
    }

    /** The same for the rows of O behind the first {@code at}. */
    void store(Rows rows, Matrix o, int at, TensorMemory target) {
        store(rows, problem.outputType(), o, at, target);
    }

    /** The same for columns of a tensor, from one of them on. */
    void storeColumns(Rows rows, Matrix o, TensorMemory target, int dim, int column) {
        store(rows, problem.outputType(), o, 0, target, dim, column);
    }

    /** Writes the rows of X into a tensor with as many columns. */
    void store(Rows rows, DType type, Matrix x, TensorMemory target) {
        store(rows, type, x, 0, target);
    }

    private void store(Rows rows, DType type, Matrix x, int at, TensorMemory target) {
        store(rows, type, x, at, target, x.columns(), 0);
    }

    private void store(
            Rows rows, DType type, Matrix x, int at, TensorMemory target, int dim, int column) {
        int columns = x.columns();
        int count = rows.count();
        MemorySegment segment = target.segment();
        long rowStride = rowStride(target, dim);
        long first = first(rows, target, dim, rowStride) + column;
        if (rowStride == columns && x.rowStride() == columns) {
            int all = count * columns;
            elements.store(x.floats(), at * columns, all, type, segment, first * type.bytes());
            return;
        }
        for (int i = 0; i < count; i++) {
            long offset = (first + i * rowStride) * type.bytes();
            elements.store(x.floats(), (at + i) * x.rowStride(), columns, type, segment, offset);
        }
    }

    private long rowStride(TensorMemory memory, int dim) {
        return memory.step(problem.rowStride(dim));
    }

    private long first(Rows rows, TensorMemory memory, int dim, long rowStride) {
        long row = problem.rowOffset(rows.sequence(), rows.head(), dim);
        return memory.at(row) + rows.first() * rowStride;
    }
}
