package io.github.lightning4j.reference;

import io.github.lightning4j.Tensor;

/**
 * The relative L2 error ‖x − ref‖ / ‖ref‖, accumulated element by element.
 *
 * <p>A NaN or infinity anywhere in x makes it NaN or infinite, and no {@link Gate} lets that pass.
 * Where ‖ref‖ is 0 the error is 0 if x is 0 too, and infinite otherwise. Not thread-safe.
 */
public final class RelativeError {
    private double difference;
    private double reference;

    /** Starts without elements. */
    public RelativeError() {}

    /**
     * The error of a whole tensor.
     *
     * @param actual x
     * @param expected ref, of the same size
     * @return ‖x − ref‖ / ‖ref‖
     */
    public static double of(Tensor actual, Tensor expected) {
        if (actual.size() != expected.size()) {
            throw new IllegalArgumentException(actual + " is compared with " + expected);
        }
        RelativeError error = new RelativeError();
        for (long i = 0; i < actual.size(); i++) {
            error.add(actual.getDouble(i), expected.getDouble(i));
        }
        return error.value();
    }

    /**
     * Adds one element.
     *
     * @param actual its value in x
     * @param expected its value in ref
     */
    public void add(double actual, double expected) {
        double delta = actual - expected;
        difference += delta * delta;
        reference += expected * expected;
    }

    /**
     * Adds the elements of a matrix.
     *
     * @param actual x
     * @param expected ref, of the same shape
     */
    public void add(double[][] actual, double[][] expected) {
        for (int i = 0; i < expected.length; i++) {
            for (int j = 0; j < expected[i].length; j++) {
                add(actual[i][j], expected[i][j]);
            }
        }
    }

    /**
     * The error of all elements so far.
     *
     * @return ‖x − ref‖ / ‖ref‖
     */
    public double value() {
        return difference == 0 ? 0 : Math.sqrt(difference / reference);
    }
}
