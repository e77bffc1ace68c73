package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.DType;
import io.github.lightning4j.cpu.arithmetic.Elements;
import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.cpu.arithmetic.StoredMatrix;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Moves states between [R, H, D, E] in memory and scratch, and rows of tokens.
 *
 * @param elements moves the rows
 * @param blocking D and E
 */
public record StateRows(Elements elements, Blocking blocking) {
    /** Reads the state of a stream; null: zeros. */
    public void read(@Nullable MemorySegment source, int stream, Matrix s) {
        read(source, stream, 0, s);
    }

    /** Reads the state of a stream. */
    void read(MemorySegment source, int stream, StoredMatrix s) {
        for (int d = 0; d < s.rows(); d++) {
            s.readRow(d, source, offset(stream, d));
        }
    }

    /** Reads as many columns of a state as S has, from the given one on. */
    void read(@Nullable MemorySegment source, int stream, int column, Matrix s) {
        if (source == null) {
            Arrays.fill(s.floats(), 0);
            return;
        }
        for (int d = 0; d < s.rows(); d++) {
            int row = d * s.rowStride();
            long from = offset(stream, d) + (long) column * Float.BYTES;
            elements.load(DType.F32, source, from, s.floats(), row, s.columns());
        }
    }

    /** Reads the state of a stream as Sᵀ [E, D]; null: zeros. */
    public void readTransposed(@Nullable MemorySegment source, int stream, Matrix sT) {
        Arrays.fill(sT.floats(), 0);
        if (source != null) {
            float[] row = new float[sT.rows()];
            for (int d = 0; d < sT.columns(); d++) {
                elements.load(DType.F32, source, offset(stream, d), row, 0, row.length);
                for (int e = 0; e < row.length; e++) {
                    sT.floats()[e * sT.rowStride() + d] = row[e];
                }
            }
        }
    }

    /** Writes the state of a stream. */
    public void write(Matrix s, MemorySegment target, int stream) {
        write(s, target, stream, 0);
    }

    /** Writes the state of a stream. */
    void write(StoredMatrix s, MemorySegment target, int stream) {
        for (int d = 0; d < s.rows(); d++) {
            s.writeRow(d, target, offset(stream, d));
        }
    }

    /** Writes S to columns of a state, from the given one on. */
    void write(Matrix s, MemorySegment target, int stream, int column) {
        for (int d = 0; d < s.rows(); d++) {
            int row = d * s.rowStride();
            long to = offset(stream, d) + (long) column * Float.BYTES;
            elements.store(s.floats(), row, s.columns(), DType.F32, target, to);
        }
    }

    /** Reads as many rows of a stream as the matrix has, from [streams, rows, columns]. */
    void readRows(MemorySegment source, int stream, StoredMatrix rows) {
        for (int i = 0; i < rows.rows(); i++) {
            rows.readRow(i, source, rowOffset(stream, i, rows));
        }
    }

    /** Writes the rows of a stream. */
    void writeRows(StoredMatrix rows, MemorySegment target, int stream) {
        for (int i = 0; i < rows.rows(); i++) {
            rows.writeRow(i, target, rowOffset(stream, i, rows));
        }
    }

    private static long rowOffset(int stream, int i, StoredMatrix rows) {
        return ((long) stream * rows.rows() + i) * rows.columns() * Float.BYTES;
    }

    private long offset(int stream, int d) {
        return ((long) stream * blocking.keyDim() + d) * blocking.valueDim() * Float.BYTES;
    }
}
