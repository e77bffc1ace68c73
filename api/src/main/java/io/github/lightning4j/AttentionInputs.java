package io.github.lightning4j;

import org.jspecify.annotations.Nullable;

/**
 * What one forward pass reads.
 *
 * @param q queries, [B, H, N, D] or [B, N, H, D] as the configuration's layout says; F32, F16 or
 *     BF16
 * @param k keys, same shape and dtype as q
 * @param v values, [B, H, N, E] or [B, N, H, E], same dtype
 * @param sequences boundaries of R packed sequences when B = 1 holds several; null: R = B sequences
 *     of N tokens
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
     * The same tensors behind a state.
     *
     * @param state of the R sequences before these tokens
     * @return new inputs
     */
    public AttentionInputs withInitialState(@Nullable AttentionState state) {
        return new AttentionInputs(q, k, v, sequences, state);
    }

    /** R, of shapes that were checked. */
    long sequenceCount() {
        return sequences == null ? q.shape(0) : sequences.count();
    }
}
