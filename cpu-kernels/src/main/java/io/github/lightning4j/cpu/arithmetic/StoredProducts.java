package io.github.lightning4j.cpu.arithmetic;

/**
 * Products of rows with matrices that outlive a call, which are read in place: the work of decode.
 */
public interface StoredProducts {
    /**
     * y_i = weights[at + i] · x_i M for all rows x_i of X: each is the same bit for bit whatever
     * rows are beside it.
     */
    void multiplyRows(float[] weights, int at, Matrix x, StoredMatrix m, Matrix y);

    /** y += x M, for a row y of Y and the first row x of X. */
    void addRow(Matrix x, StoredMatrix m, Matrix y, int row);

    /**
     * y_i = weights[at + i] · (M_i · x) for all rows i of M, a row x of X and the first y of Y.
     *
     * @param weights are read up to the next whole vector
     */
    void dots(StoredMatrix m, Matrix x, int row, float[] weights, int at, Matrix y);
}
