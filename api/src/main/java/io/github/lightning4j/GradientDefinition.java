package io.github.lightning4j;

import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.ReferenceAttention.HeadGradients;
import io.github.lightning4j.spi.AttentionProblem;

import org.jspecify.annotations.Nullable;

import java.util.function.DoubleUnaryOperator;

/**
 * The inputs of a backward pass, and the gradients of some of its tokens by the float64 definition.
 *
 * @param problem shapes of the call
 * @param inputs q, k, v and the initial state
 * @param outputGradient ∂loss/∂o
 * @param finalStateGradient ∂loss/∂(final state), or null for zeros
 */
record GradientDefinition(
        AttentionProblem problem,
        AttentionInputs inputs,
        Tensor outputGradient,
        @Nullable Tensor finalStateGradient) {

    /**
     * The gradients of some tokens as if they were the sequence: dq is right if they are its first,
     * dk and dv if they are its last, the rest if they are all.
     */
    HeadGradients definition(int r, int h, long from, int count) {
        AttentionConfig config = problem.config();
        FeatureMap phi = config.featureMap();
        double[][] q = rows(inputs.q(), r, h, from, count);
        double[][] k = rows(inputs.k(), r, h, from, count);
        HeadGradients gradients =
                ReferenceAttention.backward(
                        new ReferenceAttention.Head(
                                map(q, phi::apply),
                                map(k, phi::apply),
                                rows(inputs.v(), r, h, from, count),
                                ReferenceAttention.state(config, inputs.initialState(), r, h),
                                config.slopes()[h],
                                config.scale()),
                        rows(outputGradient, r, h, from, count),
                        ReferenceAttention.matrix(config, finalStateGradient, r, h));
        multiply(gradients.dq(), map(q, phi::derivative));
        multiply(gradients.dk(), map(k, phi::derivative));
        return gradients;
    }

    /** Rows of one head of one sequence, from one of its tokens on. */
    double[][] rows(Tensor tensor, int r, int h, long from, int count) {
        int dim = Math.toIntExact(tensor.shape(3));
        long at = problem.rowOffset(r, h, dim) + from * problem.rowStride(dim);
        double[][] rows = new double[count][dim];
        for (double[] row : rows) {
            for (int d = 0; d < dim; d++) {
                row[d] = tensor.getDouble(at + d);
            }
            at += problem.rowStride(dim);
        }
        return rows;
    }

    /** f of every element. */
    static double[][] map(double[][] x, DoubleUnaryOperator f) {
        double[][] y = new double[x.length][];
        for (int t = 0; t < y.length; t++) {
            y[t] = new double[x[t].length];
            for (int d = 0; d < y[t].length; d++) {
                y[t][d] = f.applyAsDouble(x[t][d]);
            }
        }
        return y;
    }

    private static void multiply(double[][] gradient, double[][] factors) {
        for (int t = 0; t < gradient.length; t++) {
            for (int d = 0; d < gradient[t].length; d++) {
                gradient[t][d] *= factors[t][d];
            }
        }
    }
}
