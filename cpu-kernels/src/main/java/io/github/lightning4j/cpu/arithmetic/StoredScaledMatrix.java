package io.github.lightning4j.cpu.arithmetic;

import java.lang.foreign.MemorySegment;

/**
 * A {@link ScaledMatrix} outside the heap, as {@link StoredMatrix} is one of floats: first the
 * scales of all rows, then the rows. Not thread-safe; usable as long as its memory.
 */
public final class StoredScaledMatrix {
    private final MemorySegment memory;
    private final int rows;
    private final int columns;
    private final int rowStride;
    private final long values;

    /**
     * A matrix in memory of exactly {@link #bytes} bytes.
     *
     * @param lanes floats in a vector
     */
    public StoredScaledMatrix(MemorySegment memory, int rows, int columns, int lanes) {
        this.memory = memory;
        this.rows = rows;
        this.columns = columns;
        rowStride = Matrix.stride(columns, lanes);
        values = valuesAt(rows);
    }

    /** Bytes of a matrix. */
    public static long bytes(int rows, int columns, int lanes) {
        return valuesAt(rows) + (long) rows * Matrix.stride(columns, lanes) * Short.BYTES;
    }

    /** Behind the scales, at a multiple of the longest vector. */
    private static long valuesAt(int rows) {
        return ((long) rows * Float.BYTES + Long.SIZE - 1) / Long.SIZE * Long.SIZE;
    }

    MemorySegment memory() {
        return memory;
    }

    public int rows() {
        return rows;
    }

    public int columns() {
        return columns;
    }

    /** The byte offset of the first element of row 0. */
    long valuesAt() {
        return values;
    }

    /** Bytes from a row to the next. */
    long rowBytes() {
        return (long) rowStride * Short.BYTES;
    }

    /** Makes M, of the same size, a copy. */
    public void read(ScaledMatrix m) {
        MemorySegment.copy(memory, Elements.Memory.F32, 0, m.scales, 0, rows);
        MemorySegment.copy(memory, Elements.Memory.I16, values, m.values, 0, rows * rowStride);
    }

    /** Becomes a copy of M, of the same size. */
    public void write(ScaledMatrix m) {
        MemorySegment.copy(m.scales, 0, memory, Elements.Memory.F32, 0, rows);
        MemorySegment.copy(m.values, 0, memory, Elements.Memory.I16, values, rows * rowStride);
    }

    /** Becomes a copy of a matrix of the same size. */
    public void set(StoredScaledMatrix other) {
        memory.copyFrom(other.memory);
    }

    /** Makes all elements NaN. */
    public void poison() {
        memory.fill((byte) -1);
    }
}
