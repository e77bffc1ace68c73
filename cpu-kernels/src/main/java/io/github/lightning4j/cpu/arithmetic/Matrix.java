package io.github.lightning4j.cpu.arithmetic;

/**
 * A matrix in float32 scratch memory: the operand with which passes state their formulas.
 *
 * <p>A workspace makes its matrices once. How much of them is in use changes from block to block,
 * because the last block of a sequence is shorter: whoever writes a whole matrix also sets its
 * {@linkplain #shape shape}, so that readers need not be told how many rows there are. Each has a
 * transposed view, which follows its shape. Not thread-safe.
 *
 * <p>Rows begin at whole vectors, and behind what is in use there is room up to the next whole
 * vector of columns, of rows, and up to {@link #TILE_ROWS} rows: products and transpositions read
 * and write there, and what stands there means nothing.
 */
public final class Matrix {
    /** Which elements count; the others are never read, whatever they hold. */
    public enum Part {
        /** All. */
        ALL,
        /** Those with column ≤ row. */
        LOWER,
        /** Those with column ≥ row. */
        UPPER
    }

    /** Rows that products are computed in at a time. */
    public static final int TILE_ROWS = 6;

    /** The most vectors of columns that products are computed in at a time. */
    public static final int TILE_VECTORS = 4;

    /**
     * Floats behind the last row, {@link #TILE_ROWS} at the least. With the 16 bytes that Java puts
     * before an array they are a cache line, so that arrays made one after the other all begin at
     * the same place of a line.
     */
    private static final int SLACK = 12;

    private final float[] floats;
    private final int rowStride;
    private final int columnStride;
    private final Part part;
    private final Matrix transposed;
    private int rows;
    private int columns;

    private Matrix(float[] floats, int rows, int columns, int rowStride, Part part) {
        this.floats = floats;
        this.rows = rows;
        this.columns = columns;
        this.rowStride = rowStride;
        this.columnStride = 1;
        this.part = part;
        this.transposed = new Matrix(this);
    }

    /** The transposed view. */
    private Matrix(Matrix original) {
        floats = original.floats;
        rows = original.columns;
        columns = original.rows;
        rowStride = original.columnStride;
        columnStride = original.rowStride;
        part = original.part == Part.LOWER ? Part.UPPER : original.part;
        transposed = original;
    }

    /**
     * A matrix of zeros.
     *
     * @param rows the most there will be
     * @param columns the most there will be
     * @param lanes floats in a vector
     */
    public static Matrix of(int rows, int columns, int lanes) {
        return over(new float[size(rows, columns, lanes)], rows, columns, lanes);
    }

    /** A matrix in an array of at least {@link #size} floats, which it may share with others. */
    public static Matrix over(float[] floats, int rows, int columns, int lanes) {
        return new Matrix(floats, rows, columns, roundUp(columns, lanes), Part.ALL);
    }

    /** Floats of a matrix with all the room behind it. */
    public static int size(int rows, int columns, int lanes) {
        int most = Math.max(roundUp(rows, TILE_ROWS), roundUp(rows, lanes));
        return most * roundUp(columns, lanes) + SLACK;
    }

    /** The same floats, of which only the lower triangle counts. A shape of its own. */
    public Matrix lower() {
        return new Matrix(floats, rows, columns, rowStride, Part.LOWER);
    }

    /** The same floats, shape and strides. */
    public Matrix copy() {
        return new Matrix(floats.clone(), rows, columns, rowStride, part);
    }

    /** Makes this refer to the floats of a matrix of the same strides and shape. */
    public void set(Matrix other) {
        System.arraycopy(other.floats, 0, floats, 0, size());
    }

    /** Makes this as many columns of a matrix as it has itself, from the given one on. */
    public void setToColumns(Matrix other, int from) {
        for (int i = 0; i < rows; i++) {
            System.arraycopy(
                    other.floats, i * other.rowStride + from, floats, i * rowStride, columns);
        }
    }

    /** Makes the columns from the given one on those of a matrix. */
    public void setColumns(int from, Matrix other) {
        for (int i = 0; i < rows; i++) {
            System.arraycopy(
                    other.floats, i * other.rowStride, floats, i * rowStride + from, other.columns);
        }
    }

    /** The transposed view, of the same floats. */
    public Matrix t() {
        return transposed;
    }

    /** Sets how many rows and columns are in use. */
    public void shape(int rows, int columns) {
        this.rows = rows;
        this.columns = columns;
        transposed.rows = columns;
        transposed.columns = rows;
    }

    /** Rows in use. */
    public int rows() {
        return rows;
    }

    /** Columns in use. */
    public int columns() {
        return columns;
    }

    /** Where everything is: element (i, j) at {@code i * rowStride + j * columnStride}. */
    public float[] floats() {
        return floats;
    }

    /** Floats from a row to the next; whole vectors unless this is a transposed view. */
    public int rowStride() {
        return rowStride;
    }

    /** Floats from a column to the next: 1 unless this is a transposed view. */
    public int columnStride() {
        return columnStride;
    }

    /** Floats of the rows in use, whole vectors each; not for transposed views. */
    public int size() {
        return rows * rowStride;
    }

    /** Which elements count where it is the left factor of a product. */
    public Part part() {
        return part;
    }

    /** Rows, rounded up to a multiple of {@link #TILE_ROWS}; there is room for as many. */
    public static int wholeTiles(int rows) {
        return roundUp(rows, TILE_ROWS);
    }

    /** Floats from a row to the next of a matrix of so many columns. */
    static int stride(int columns, int lanes) {
        return roundUp(columns, lanes);
    }

    private static int roundUp(int n, int multiple) {
        return (n + multiple - 1) / multiple * multiple;
    }
}
