package io.github.lightning4j.cpu.arithmetic;

/**
 * {@link Products} with matrices outside the heap; an interface for the same reason as {@link
 * Tile}.
 */
interface RowProducts {
    /** {@link Products#multiplyRows(float[], int, Matrix, StoredMatrix, Matrix)}. */
    void multiplyRows(float[] weights, int at, Matrix x, StoredMatrix m, Matrix y);

    /** {@link Products#multiplyRows(float[], int, Matrix, StoredScaledMatrix, Matrix)}. */
    void multiplyRows(float[] weights, int at, Matrix x, StoredScaledMatrix m, Matrix y);

    /** {@link Products#addRow}. */
    void addRow(Matrix x, StoredMatrix m, Matrix y, int i);

    /** {@link Products#dots}. */
    void dots(StoredMatrix m, Matrix x, int i, float[] weights, int at, Matrix y);
}
