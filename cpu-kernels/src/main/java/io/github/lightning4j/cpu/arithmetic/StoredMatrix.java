package io.github.lightning4j.cpu.arithmetic;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A matrix in float32 outside of the heap, which outlives a call. Products with a row, which are
 * most of decode, read it in place; whatever else needs it reads it into a {@link Matrix}.
 *
 * <p>Rows are whole vectors, as long as those of a {@link Matrix} of the same columns. Not
 * thread-safe.
 */
public final class StoredMatrix {
    /** Where matrices begin: vectors and the lines of the cache do not straddle each other. */
    public static final int ALIGNMENT = 64;

    private final MemorySegment segment;
    private final int columns;
    private final int rowStride;
    private int rows;

    /**
     * A matrix in memory of at least {@link #bytes}, all rows in use.
     *
     * @param rows the most there will be
     * @param lanes floats in a vector
     */
    public StoredMatrix(MemorySegment segment, int rows, int columns, int lanes) {
        this.segment = segment;
        this.rows = rows;
        this.columns = columns;
        this.rowStride = Matrix.roundUp(columns, lanes);
    }

    /** The memory of a matrix, a multiple of {@link #ALIGNMENT}. */
    public static long bytes(int rows, int columns, int lanes) {
        long bytes = (long) rows * Matrix.roundUp(columns, lanes) * Float.BYTES;
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /** Where everything is, in the byte order of the machine: rows of whole vectors. */
    MemorySegment segment() {
        return segment;
    }

    /** The element in a row and column. */
    float at(int row, int column) {
        return segment.getAtIndex(ValueLayout.JAVA_FLOAT, (long) row * rowStride + column);
    }

    /** Sets the element in a row and column. */
    void set(int row, int column, float x) {
        segment.setAtIndex(ValueLayout.JAVA_FLOAT, (long) row * rowStride + column, x);
    }

    /** Rows in use. */
    public int rows() {
        return rows;
    }

    /** Sets how many rows are in use. */
    public void rows(int rows) {
        this.rows = rows;
    }

    /** Columns. */
    public int columns() {
        return columns;
    }

    /** Floats from a row to the next; whole vectors. */
    public int rowStride() {
        return rowStride;
    }

    /** Copies the rows in use into x, which gets the shape of this. */
    public void read(Matrix x) {
        x.shape(rows, columns);
        MemorySegment.copy(segment, ValueLayout.JAVA_FLOAT, 0, x.floats(), 0, rows * rowStride);
    }

    /** Copies the rows in use from x. */
    public void write(Matrix x) {
        MemorySegment.copy(x.floats(), 0, segment, ValueLayout.JAVA_FLOAT, 0, rows * rowStride);
    }

    /** Copies the rows in use of x to those from {@code row} on. */
    public void writeRows(int row, Matrix x) {
        long to = (long) row * rowStride * Float.BYTES;
        MemorySegment.copy(
                x.floats(), 0, segment, ValueLayout.JAVA_FLOAT, to, x.rows() * rowStride);
    }
}
