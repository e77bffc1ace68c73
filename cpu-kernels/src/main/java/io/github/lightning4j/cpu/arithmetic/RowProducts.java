package io.github.lightning4j.cpu.arithmetic;

/**
 * Products of a few rows with a matrix outside the heap, read in place: the arithmetic of decode
 * steps. What becomes of a row does not depend on the others. Results get the shape that follows
 * from their factors.
 */
public interface RowProducts {
    /** y_i = weights[at + i] · x_i M for all rows i of X. */
    void multiplyRows(float[] weights, int at, Matrix x, StoredMatrix m, Matrix y);

    /** y_i = weights[at + i] · x_i M for all rows i of X. */
    void multiplyRows(float[] weights, int at, Matrix x, StoredScaledMatrix m, Matrix y);

    /** y_i += x M for row i of Y, and the first row x of X. */
    void addRow(Matrix x, StoredMatrix m, Matrix y, int i);

    /** y_j = weights[at + j] · (M_j · x_i) for all rows j of M, and the first row y of Y. */
    void dots(StoredMatrix m, Matrix x, int i, float[] weights, int at, Matrix y);
}
