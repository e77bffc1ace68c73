package io.github.lightning4j.reference;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Tensor;

import org.jspecify.annotations.Nullable;

import java.util.Locale;

/**
 * The attentions as defined, in float64 and one head at a time: the specification in code.
 *
 * <p>Linear attention is there in two forms that share nothing but the inputs, so that each checks
 * the other. Written for clarity, not for speed. Stateless and thread-safe.
 */
public final class ReferenceAttention {
    /** As many rows as an array can hold. */
    private static final int MAX_ROWS = Integer.MAX_VALUE - 8;

    private ReferenceAttention() {}

    /**
     * The results of one head of one sequence.
     *
     * @param output o, [N][E]
     * @param finalState S after the last token, [D][E]
     */
    @SuppressWarnings("ArrayRecordComponent") // a pair of results, never compared
    public record HeadResult(double[][] output, double[][] finalState) {}

    /**
     * One head of one sequence, read out of a call's tensors in float64.
     *
     * @param q φ(q), [N][D]
     * @param k φ(k), [N][D]
     * @param v [N][E]
     * @param initialState S before the first token, [D][E]
     * @param slope s of the head
     * @param scale c
     */
    @SuppressWarnings("ArrayRecordComponent") // a bundle of inputs, never compared
    public record Head(
            double[][] q,
            double[][] k,
            double[][] v,
            double[][] initialState,
            double slope,
            double scale) {

        /**
         * Reads head h of sequence r; the feature map is applied here.
         *
         * @param config what is computed
         * @param inputs the call's tensors
         * @param r 0 … R−1
         * @param h 0 … H−1
         * @return the head
         */
        public static Head of(AttentionConfig config, AttentionInputs inputs, int r, int h) {
            return of(config, inputs, r, h, Long.MAX_VALUE);
        }

        /**
         * Reads no more than the first tokens of head h of sequence r: their outputs depend on no
         * later token.
         *
         * @param config what is computed
         * @param inputs the call's tensors
         * @param r 0 … R−1
         * @param h 0 … H−1
         * @param most the largest number of tokens
         * @return the head
         */
        public static Head of(
                AttentionConfig config, AttentionInputs inputs, int r, int h, long most) {
            return new Head(
                    features(config, inputs, inputs.q(), r, h, most),
                    features(config, inputs, inputs.k(), r, h, most),
                    rows(config, inputs, inputs.v(), r, h, config.valueDim(), most),
                    state(config, inputs.initialState(), r, h),
                    config.slopes()[h],
                    config.scale());
        }

        private static double[][] features(
                AttentionConfig config,
                AttentionInputs inputs,
                Tensor tensor,
                int r,
                int h,
                long most) {
            double[][] rows = rows(config, inputs, tensor, r, h, config.keyDim(), most);
            FeatureMap phi = config.featureMap();
            for (double[] row : rows) {
                for (int d = 0; d < row.length; d++) {
                    row[d] = phi.apply(row[d]);
                }
            }
            return rows;
        }
    }

    /**
     * The definition, token by token: S_t = λ S_{t−1} + k_tᵀ v_t, o_t = c · q_t S_t.
     *
     * @param head one head of one sequence
     * @return its output and final state
     */
    public static HeadResult tokenByToken(Head head) {
        double lambda = Math.exp(-head.slope);
        double[][] state = copy(head.initialState);
        double[][] output = new double[head.v.length][];
        for (int t = 0; t < output.length; t++) {
            for (int d = 0; d < state.length; d++) {
                for (int e = 0; e < state[d].length; e++) {
                    state[d][e] = lambda * state[d][e] + head.k[t][d] * head.v[t][e];
                }
            }
            output[t] = multiply(head.scale, head.q[t], state);
        }
        return new HeadResult(output, state);
    }

    /**
     * The left product: o_i = c · (Σ_{j≤i} λ^(i−j) (q_i·k_j) v_j + λ^(i+1) q_i S), quadratic in N.
     *
     * @param head one head of one sequence
     * @return its output and final state
     */
    public static HeadResult quadratic(Head head) {
        int tokens = head.v.length;
        int valueDim = head.initialState[0].length;
        double[][] output = new double[tokens][];
        for (int i = 0; i < tokens; i++) {
            double inter = head.scale * Math.exp(-head.slope * (i + 1));
            output[i] = multiply(inter, head.q[i], head.initialState);
            for (int j = 0; j <= i; j++) {
                double weight =
                        head.scale * Math.exp(-head.slope * (i - j)) * dot(head.q[i], head.k[j]);
                for (int e = 0; e < valueDim; e++) {
                    output[i][e] += weight * head.v[j][e];
                }
            }
        }
        double[][] state = copy(head.initialState);
        for (double[] row : state) {
            for (int e = 0; e < valueDim; e++) {
                row[e] *= Math.exp(-head.slope * tokens);
            }
        }
        for (int j = 0; j < tokens; j++) {
            double weight = Math.exp(-head.slope * (tokens - 1 - j));
            for (int d = 0; d < state.length; d++) {
                for (int e = 0; e < valueDim; e++) {
                    state[d][e] += weight * head.k[j][d] * head.v[j][e];
                }
            }
        }
        return new HeadResult(output, state);
    }

    /**
     * Gradients of one head of one sequence with respect to φ(q), φ(k), v and the initial state.
     *
     * @param dq [N][D]
     * @param dk [N][D]
     * @param dv [N][E]
     * @param initialState [D][E]
     */
    @SuppressWarnings("ArrayRecordComponent") // a bundle of results, never compared
    public record HeadGradients(
            double[][] dq, double[][] dk, double[][] dv, double[][] initialState) {}

    /**
     * The gradients, token by token: dq_t = c S_t do_t on the way forward; on the way back, with G
     * the gradient of S_t, G = c q_tᵀ do_t + λ G, dk_t = G v_t and dv_t = k_t G.
     *
     * @param head one head of one sequence
     * @param outputGradient ∂loss/∂o, [N][E]
     * @param finalStateGradient ∂loss/∂(final state), [D][E]
     * @return the gradients; those of q and k are with respect to their features
     */
    public static HeadGradients backward(
            Head head, double[][] outputGradient, double[][] finalStateGradient) {
        int tokens = head.v.length;
        double lambda = Math.exp(-head.slope);
        double[][] dq = new double[tokens][];
        double[][] dk = new double[tokens][];
        double[][] dv = new double[tokens][];
        double[][] state = copy(head.initialState);
        for (int t = 0; t < tokens; t++) {
            dq[t] = new double[state.length];
            for (int d = 0; d < state.length; d++) {
                for (int e = 0; e < state[d].length; e++) {
                    state[d][e] = lambda * state[d][e] + head.k[t][d] * head.v[t][e];
                }
                dq[t][d] = head.scale * dot(state[d], outputGradient[t]);
            }
        }
        double[][] g = copy(finalStateGradient);
        for (int t = tokens - 1; t >= 0; t--) {
            dk[t] = new double[g.length];
            for (int d = 0; d < g.length; d++) {
                for (int e = 0; e < g[d].length; e++) {
                    g[d][e] += head.scale * head.q[t][d] * outputGradient[t][e];
                }
                dk[t][d] = dot(g[d], head.v[t]);
            }
            dv[t] = multiply(1, head.k[t], g);
            for (double[] row : g) {
                for (int e = 0; e < row.length; e++) {
                    row[e] *= lambda;
                }
            }
        }
        return new HeadGradients(dq, dk, dv, g);
    }

    /**
     * The gradients with respect to q, k, v and the initial state of head h of sequence r, the
     * derivative of the feature map included.
     *
     * @param config what is computed
     * @param inputs the call's tensors
     * @param outputGradient ∂loss/∂o, shaped like v
     * @param finalStateGradient ∂loss/∂(final state), [R, H, D, E], or null for zeros
     * @param r 0 … R−1
     * @param h 0 … H−1
     * @return the gradients
     */
    public static HeadGradients backward(
            AttentionConfig config,
            AttentionInputs inputs,
            Tensor outputGradient,
            @Nullable Tensor finalStateGradient,
            int r,
            int h) {
        HeadGradients gradients =
                backward(
                        Head.of(config, inputs, r, h),
                        rows(config, inputs, outputGradient, r, h, config.valueDim()),
                        matrix(config, finalStateGradient, r, h));
        chain(config, rows(config, inputs, inputs.q(), r, h, config.keyDim()), gradients.dq);
        chain(config, rows(config, inputs, inputs.k(), r, h, config.keyDim()), gradients.dk);
        return gradients;
    }

    private static void chain(AttentionConfig config, double[][] x, double[][] gradient) {
        for (int t = 0; t < x.length; t++) {
            for (int d = 0; d < x[t].length; d++) {
                gradient[t][d] *= config.featureMap().derivative(x[t][d]);
            }
        }
    }

    /**
     * All rows of one head of one sequence, as doubles.
     *
     * @param config layout and heads
     * @param inputs the call that defines the sequences
     * @param tensor q, k, v or a tensor shaped like them
     * @param r 0 … R−1
     * @param h 0 … H−1
     * @param dim D or E
     * @return [N][dim]
     * @throws IllegalArgumentException if there are more rows than an array can hold
     */
    public static double[][] rows(
            AttentionConfig config, AttentionInputs inputs, Tensor tensor, int r, int h, int dim) {
        return rows(config, inputs, tensor, r, h, dim, Long.MAX_VALUE);
    }

    /**
     * The first rows of one head of one sequence, as doubles.
     *
     * @param config layout and heads
     * @param inputs the call that defines the sequences
     * @param tensor q, k, v or a tensor shaped like them
     * @param r 0 … R−1
     * @param h 0 … H−1
     * @param dim D or E
     * @param most the largest number of rows
     * @return [N][dim]
     * @throws IllegalArgumentException if there are more rows than an array can hold
     */
    public static double[][] rows(
            AttentionConfig config,
            AttentionInputs inputs,
            Tensor tensor,
            int r,
            int h,
            int dim,
            long most) {
        PackedSequences packed = inputs.sequences();
        long axis = tensor.shape(config.layout().tokenAxis());
        long batch = packed == null ? r : 0;
        long first = packed == null ? 0 : packed.start(r);
        long wanted = Math.min(most, packed == null ? axis : packed.length(r));
        if (wanted > MAX_ROWS) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "sequence %d has %d tokens; the definition takes at most %d",
                            r,
                            wanted,
                            MAX_ROWS));
        }
        int tokens = (int) wanted;
        long stride = config.layout().rowStride(config.heads(), dim);
        long offset = config.layout().rowOffset(batch, h, first, config.heads(), axis, dim);
        double[][] rows = new double[tokens][dim];
        for (int t = 0; t < tokens; t++) {
            for (int d = 0; d < dim; d++) {
                rows[t][d] = tensor.getDouble(offset + t * stride + d);
            }
        }
        return rows;
    }

    /**
     * One matrix of a state, as doubles.
     *
     * @param config heads and dimensions
     * @param state R sequences, or null for zeros
     * @param r 0 … R−1
     * @param h 0 … H−1
     * @return [D][E]
     */
    public static double[][] state(
            AttentionConfig config, @Nullable AttentionState state, int r, int h) {
        return matrix(config, state == null ? null : state.values(), r, h);
    }

    /**
     * One matrix of a tensor shaped like a state, as doubles.
     *
     * @param config heads and dimensions
     * @param values [R, H, D, E], or null for zeros
     * @param r 0 … R−1
     * @param h 0 … H−1
     * @return [D][E]
     */
    public static double[][] matrix(AttentionConfig config, @Nullable Tensor values, int r, int h) {
        double[][] matrix = new double[config.keyDim()][config.valueDim()];
        if (values != null) {
            long i = ((long) r * config.heads() + h) * config.keyDim() * config.valueDim();
            for (double[] row : matrix) {
                for (int e = 0; e < row.length; e++) {
                    row[e] = values.getDouble(i++);
                }
            }
        }
        return matrix;
    }

    private static double[] multiply(double factor, double[] q, double[][] state) {
        double[] row = new double[state[0].length];
        for (int d = 0; d < q.length; d++) {
            for (int e = 0; e < row.length; e++) {
                row[e] += factor * q[d] * state[d][e];
            }
        }
        return row;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int d = 0; d < a.length; d++) {
            sum += a[d] * b[d];
        }
        return sum;
    }

    private static double[][] copy(double[][] matrix) {
        double[][] copy = new double[matrix.length][];
        for (int i = 0; i < matrix.length; i++) {
            copy[i] = matrix[i].clone();
        }
        return copy;
    }
}
