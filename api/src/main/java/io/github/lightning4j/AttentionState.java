package io.github.lightning4j;

import java.util.Arrays;

/**
 * The key-value state S of R sequences: everything a causal linear attention remembers of the
 * tokens seen so far, in memory that does not grow with them.
 *
 * <p>Values are float32 [R, H, D, E] whatever the dtype of q, k and v, in inclusive form: the
 * newest token has weight 1, S_t = λ S_{t−1} + k_tᵀ v_t. Beside them stand the slopes they were
 * computed with and how many tokens each sequence has seen.
 *
 * <p>Immutable and thread-safe; the memory is freed by the garbage collector unless the caller
 * brought it.
 */
public final class AttentionState {
    private final Tensor values;
    private final float[] slopes;
    private final long[] tokens;

    private AttentionState(Tensor values, float[] slopes, long[] tokens) {
        this.values = values;
        this.slopes = slopes;
        this.tokens = tokens;
    }

    /**
     * Takes values as they are; they must not change afterwards.
     *
     * @param values F32 [R, H, D, E]
     * @param slopes [H], finite and ≥ 0
     * @param tokens [R], each ≥ 0: tokens seen by each sequence
     * @return the state over that memory
     * @throws IllegalArgumentException naming what does not fit
     */
    public static AttentionState of(Tensor values, float[] slopes, long[] tokens) {
        if (values.dtype() != DType.F32 || values.rank() != 4) {
            throw new IllegalArgumentException(
                    "state is " + values + "; it must be F32[R, H, D, E]");
        }
        if (tokens.length < 1) {
            throw new IllegalArgumentException("state has 0 sequences; it must have at least 1");
        }
        if (values.shape(0) != tokens.length) {
            throw new IllegalArgumentException(
                    "state has %d sequences; tokens has %d"
                            .formatted(values.shape(0), tokens.length));
        }
        if (values.shape(1) != slopes.length) {
            throw new IllegalArgumentException(
                    "state has %d heads; slopes has %d".formatted(values.shape(1), slopes.length));
        }
        for (int axis = 2; axis < 4; axis++) {
            long dim = values.shape(axis);
            if (dim < 1 || dim > AttentionConfig.MAX_DIM) {
                throw new IllegalArgumentException(
                        "state is %s; its D and E must be 1 to %d"
                                .formatted(values, AttentionConfig.MAX_DIM));
            }
        }
        for (long count : tokens) {
            if (count < 0) {
                throw new IllegalArgumentException("token count is " + count + "; it must be >= 0");
            }
        }
        float[] checked = new Decay.Slopes(slopes).values();
        return new AttentionState(values.asReadOnly(), checked, tokens.clone());
    }

    /**
     * The state before any token.
     *
     * @param config heads, dimensions and slopes
     * @param sequences R ≥ 1
     * @return all zeros
     */
    public static AttentionState empty(AttentionConfig config, int sequences) {
        Tensor zeros =
                Tensor.allocate(
                        DType.F32, sequences, config.heads(), config.keyDim(), config.valueDim());
        return of(zeros, config.slopes(), new long[sequences]);
    }

    /**
     * R.
     *
     * @return the number of sequences
     */
    public int sequences() {
        return tokens.length;
    }

    /**
     * S of every sequence and head.
     *
     * @return a read-only F32 tensor [R, H, D, E]
     */
    public Tensor values() {
        return values;
    }

    /**
     * The slopes the values were computed with.
     *
     * @return a new array [H]
     */
    public float[] slopes() {
        return slopes.clone();
    }

    /**
     * Tokens seen by sequence r.
     *
     * @param r 0 … R−1
     * @return its count
     */
    public long tokens(int r) {
        return tokens[r];
    }

    /**
     * Tokens seen by each sequence.
     *
     * @return a new array [R]
     */
    public long[] tokens() {
        return tokens.clone();
    }

    /**
     * The merge law: this state followed by the tokens that left {@code next} from an empty state.
     *
     * <p>(S₁, n₁) ⊕ (S₂, n₂) = (λ^n₂ S₁ + S₂, n₁ + n₂); associative. Powers are taken from the
     * slope in double, sums rounded to float once.
     *
     * @param next the state that the following tokens alone leave
     * @return the state of both, in new memory
     * @throws IllegalArgumentException if shapes or slopes differ, or a count passes 2⁶³ − 1
     */
    public AttentionState merge(AttentionState next) {
        if (!Arrays.equals(values.shape(), next.values.shape())) {
            throw new IllegalArgumentException(
                    "next state is " + next.values + "; this one is " + values);
        }
        if (!Arrays.equals(slopes, next.slopes)) {
            throw new IllegalArgumentException("next state was computed with other slopes");
        }
        Tensor merged = Tensor.allocate(DType.F32, values.shape());
        long matrix = values.shape(2) * values.shape(3);
        long[] counts = new long[tokens.length];
        long i = 0;
        for (int r = 0; r < tokens.length; r++) {
            counts[r] = Validation.tokensAfter(r, tokens[r], next.tokens[r]);
            for (float slope : slopes) {
                double decay = Math.exp(-(double) slope * next.tokens[r]);
                for (long end = i + matrix; i < end; i++) {
                    merged.setDouble(i, decay * values.getDouble(i) + next.values.getDouble(i));
                }
            }
        }
        return new AttentionState(merged.asReadOnly(), slopes, counts);
    }

    /** Shape and token counts. */
    @Override
    public String toString() {
        return "AttentionState[" + values + ", tokens=" + Arrays.toString(tokens) + "]";
    }
}
