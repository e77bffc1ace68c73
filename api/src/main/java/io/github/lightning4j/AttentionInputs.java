package io.github.lightning4j;

import org.jspecify.annotations.Nullable;

/**
 * The inputs of one forward pass.
 *
 * @param q queries, [B, H, N, D] or [B, N, H, D] as the configuration's layout says; F32, F16 or
 *     BF16
 * @param k keys, same shape and dtype as q
 * @param v values, [B, H, N, E] or [B, N, H, E], same dtype
 * @param sequences boundaries of R sequences packed into B = 1; null: R = B sequences of N tokens
 * @param initialState the state before the first token of each of the R sequences; null: empty
 */
public record AttentionInputs(
        Tensor q,
        Tensor k,
        Tensor v,
        @Nullable PackedSequences sequences,
        @Nullable AttentionState initialState) {
    /** Refuses tensors that are null. */
    public AttentionInputs {
        Arguments.given("q", q, "a Tensor");
        Arguments.given("k", k, "a Tensor");
        Arguments.given("v", v, "a Tensor");
    }

    /**
     * Inputs of sequences that begin empty.
     *
     * @param q queries
     * @param k keys
     * @param v values
     * @return the inputs
     */
    public static AttentionInputs of(Tensor q, Tensor k, Tensor v) {
        return new AttentionInputs(q, k, v, null, null);
    }

    /**
     * The same tensors as packed sequences.
     *
     * @param packed boundaries along the token axis
     * @return new inputs
     */
    public AttentionInputs withSequences(@Nullable PackedSequences packed) {
        return new AttentionInputs(q, k, v, packed, initialState);
    }

    /**
     * The same tensors, to be continued from a state.
     *
     * @param state of the R sequences before these tokens
     * @return new inputs
     */
    public AttentionInputs withInitialState(@Nullable AttentionState state) {
        return new AttentionInputs(q, k, v, sequences, state);
    }

    /** R; the shapes must have been checked. */
    long sequenceCount() {
        return sequences == null ? q.shape(0) : sequences.count();
    }
}
