package io.github.lightning4j.cpu.arithmetic;

import java.lang.foreign.MemorySegment;

/**
 * A matrix of floats outside the heap, where it stays from call to call. Some {@link Products} read
 * it in place; for everything else it is {@linkplain #read read} into scratch.
 *
 * <p>Rows have the stride of a {@link Matrix} made for the same number of lanes, and begin at whole
 * vectors; what stands behind the columns means nothing. The number of rows in use changes, that of
 * columns does not. Not thread-safe; usable as long as its memory.
 */
public final class StoredMatrix {
    private final MemorySegment memory;
    private final int columns;
    private final int rowStride;
    private int rows;

    /**
     * A matrix in memory of exactly {@link #bytes} bytes, which is zeros, or what it was before.
     *
     * @param rows the most there will be
     * @param lanes floats in a vector
     */
    public StoredMatrix(MemorySegment memory, int rows, int columns, int lanes) {
        this.memory = memory;
        this.rows = rows;
        this.columns = columns;
        rowStride = Matrix.stride(columns, lanes);
    }

    /** Bytes of a matrix. */
    public static long bytes(int rows, int columns, int lanes) {
        return (long) rows * Matrix.stride(columns, lanes) * Float.BYTES;
    }

    MemorySegment memory() {
        return memory;
    }

    /** Rows in use. */
    public int rows() {
        return rows;
    }

    /** Sets how many rows are in use. */
    public void rows(int rows) {
        this.rows = rows;
    }

    public int columns() {
        return columns;
    }

    /** Bytes from a row to the next. */
    long rowBytes() {
        return (long) rowStride * Float.BYTES;
    }

    /** Makes M, which has room for it, a copy of the rows in use. */
    public void read(Matrix m) {
        m.shape(rows, columns);
        MemorySegment.copy(memory, Elements.Memory.F32, 0, m.floats(), 0, rows * rowStride);
    }

    /** Becomes a copy of the rows of M, which has as many as are in use. */
    public void write(Matrix m) {
        writeRows(0, rows, m);
    }

    /** Makes the rows from the given one on those of M, whether they are in use or not. */
    public void writeRows(int at, Matrix m) {
        write(m.floats(), 0, at, m.rows());
    }

    /** Makes rows [from, to) the same rows of M. */
    public void writeRows(int from, int to, Matrix m) {
        write(m.floats(), from, from, to - from);
    }

    private void write(float[] floats, int first, int at, int count) {
        int n = count * rowStride;
        MemorySegment.copy(
                floats, first * rowStride, memory, Elements.Memory.F32, at * rowBytes(), n);
    }

    /** Reads row i from packed floats at a byte offset. */
    public void readRow(int i, MemorySegment source, long offset) {
        MemorySegment.copy(source, offset, memory, i * rowBytes(), (long) columns * Float.BYTES);
    }

    /** Writes row i as packed floats at a byte offset. */
    public void writeRow(int i, MemorySegment target, long offset) {
        MemorySegment.copy(memory, i * rowBytes(), target, offset, (long) columns * Float.BYTES);
    }

    /** Makes all elements zero. */
    public void clear() {
        memory.fill((byte) 0);
    }

    /** Becomes a copy of the rows in use of a matrix of the same size. */
    public void set(StoredMatrix other) {
        rows = other.rows;
        MemorySegment.copy(other.memory, 0, memory, 0, rows * rowBytes());
    }

    /** Makes all elements NaN, whatever is in use. */
    public void poison() {
        memory.fill((byte) -1);
    }
}
