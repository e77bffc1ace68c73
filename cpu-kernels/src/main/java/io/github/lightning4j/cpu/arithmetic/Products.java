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
}
