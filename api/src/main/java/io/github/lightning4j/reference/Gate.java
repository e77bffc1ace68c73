package io.github.lightning4j.reference;

import io.github.lightning4j.DType;

/**
 * How far a backend may be from the float64 definition, as relative L2 error.
 *
 * <p>States and accumulators are float32 for every dtype, so only the outputs and gradients of the
 * 16-bit types are rounded to 16 bits.
 */
public enum Gate {
    /** F32 in and out, IEEE arithmetic. */
    F32(1e-5, 1e-5, 2e-5),
    /** BF16 in and out. */
    BF16(5e-3, 3e-3, 1e-2),
    /** F16 in and out. */
    F16(1e-3, 1e-3, 3e-3);

    private final double output;
    private final double state;
    private final double gradients;

    Gate(double output, double state, double gradients) {
        this.output = output;
        this.state = state;
        this.gradients = gradients;
    }

    /**
     * The gate of a dtype.
     *
     * @param dtype the dtype of the outputs: F32, BF16 or F16
     * @return its gate
     */
    public static Gate of(DType dtype) {
        return switch (dtype) {
            case F32 -> F32;
            case BF16 -> BF16;
            case F16 -> F16;
            default -> throw new IllegalArgumentException("there is no gate for " + dtype);
        };
    }

    /**
     * The bound on the output: for F32, 2e−6·√(N/64) and at most 1e−5. Below 64 tokens it stays
     * that of 64, because what a few dot products lose by cancellation does not shrink with N. For
     * BF16 and F16 it does not depend on N.
     *
     * @param tokens N of the longest sequence
     * @return the largest error that passes
     */
    public double output(long tokens) {
        return this == F32
                ? Math.min(output, 2e-6 * Math.sqrt(Math.max(tokens, 64) / 64.0))
                : output;
    }

    /**
     * The bound on the state.
     *
     * @return the largest error that passes
     */
    public double state() {
        return state;
    }

    /**
     * The bound on dq, dk, dv and the gradient of the initial state.
     *
     * @return the largest error that passes
     */
    public double gradients() {
        return gradients;
    }

    /**
     * Whether an error is within a bound; NaN never is.
     *
     * @param error a relative L2 error
     * @param bound the largest that passes
     * @return error ≤ bound
     */
    public static boolean passes(double error, double bound) {
        return error <= bound;
    }
}
