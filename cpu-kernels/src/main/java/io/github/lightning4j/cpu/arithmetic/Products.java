package io.github.lightning4j.cpu.arithmetic;

/**
 * Products of matrices: nearly all of the arithmetic. The left factor may be a transposed view, and
 * only its elements in {@link Matrix#part} count. Each result gets the shape that follows from its
 * factors.
 */
public interface Products {
    /** Finishes C with A B. */
    void multiply(Finish finish, Matrix a, Matrix b, Matrix c);

    /**
     * C = diag(weights) A B + A′ B′, where A′ is a triangle and A is not a transposed view.
     *
     * @param weigh {@link Finish.Reusable#weigh} with the weights
     */
    default void sum(Finish weigh, Matrix a, Matrix b, Matrix a2, Matrix b2, Matrix c) {
        multiply(Finish.SET, a, b, c);
        multiply(weigh, a2, b2, c);
    }

    /**
     * The lower triangle of C = A B; what lies right of it may hold anything afterwards. A is not a
     * transposed view.
     */
    void scores(Matrix a, Matrix b, Matrix c);

    /**
     * y_i = weights[at + i] · x_i M for all rows i of X, few as decode steps have them, where M is
     * read in place. What becomes of a row does not depend on the others.
     */
    void multiplyRows(float[] weights, int at, Matrix x, StoredMatrix m, Matrix y);

    /** The same with a matrix of 16 bits an element. */
    void multiplyRows(float[] weights, int at, Matrix x, StoredScaledMatrix m, Matrix y);

    /** y_i += x M for row i of Y, and the first row x of X. */
    void addRow(Matrix x, StoredMatrix m, Matrix y, int i);

    /** y_j = weights[at + j] · (M_j · x_i) for all rows j of M, and the first row y of Y. */
    void dots(StoredMatrix m, Matrix x, int i, float[] weights, int at, Matrix y);
}
