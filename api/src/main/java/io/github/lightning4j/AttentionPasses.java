package io.github.lightning4j;

import org.jspecify.annotations.Nullable;

/**
 * The passes over whole sequences that an opened device computes: outputs, states and gradients.
 * Thread-safe.
 *
 * <p>Arguments may lie in mapped files, such as those of {@link
 * io.github.lightning4j.io.Safetensors}. If another process cuts such a file while a call reads it,
 * the call throws {@link java.io.UncheckedIOException}, whose cause is an {@code IOException}; what
 * it was to write is then undefined, and other calls are not affected. Where there is no memory for
 * a result, a call throws {@link InsufficientMemoryException}, a {@link BackendException}; the
 * JVM's limit does not apply to passes that write into the caller's own memory. An arena must stay
 * open until the calls that were given its memory have ended; if it does not, they throw {@link
 * IllegalStateException} and name the argument. Where its thread is interrupted, a call throws
 * {@link AttentionInterruptedException}.
 */
public interface AttentionPasses {
    /**
     * The output for sequences that begin empty.
     *
     * @param q queries, [B, H, N, D] or [B, N, H, D] as the layout says
     * @param k keys, same shape and dtype as q
     * @param v values, [B, H, N, E] or [B, N, H, E], same dtype
     * @return o, in new memory, of the shape and dtype of v
     * @throws IllegalArgumentException naming the argument that does not fit
     * @throws IllegalStateException if an argument's memory was freed, or this is closed
     * @throws BackendException if the device fails
     */
    default Tensor forward(Tensor q, Tensor k, Tensor v) {
        Tensor output = CallResults.allocate(v.dtype(), v.shape());
        attend(AttentionInputs.of(q, k, v), output);
        return output;
    }

    /**
     * The output alone, into the caller's memory: the one forward pass that every algorithm has.
     *
     * @param inputs tensors, sequences and, where the algorithm has one, initial state
     * @param output where o is written: the shape of v; its dtype or F32; must not overlap an input
     * @throws IllegalArgumentException naming the argument that does not fit
     * @throws IllegalStateException if an argument's memory was freed, or this is closed
     * @throws BackendException if the device fails; output is then undefined
     */
    void attend(AttentionInputs inputs, Tensor output);

    /**
     * The output and the final state.
     *
     * @param inputs tensors, sequences and initial state
     * @return o in new memory, of the shape and dtype of v, and the state after the last tokens
     * @throws IllegalArgumentException naming what does not fit, or if the algorithm has no state
     * @throws IllegalStateException if an argument's memory was freed, or this is closed
     * @throws BackendException if the device fails
     */
    default AttentionResult forward(AttentionInputs inputs) {
        Tensor output = CallResults.allocate(inputs.v().dtype(), inputs.v().shape());
        return new AttentionResult(output, forward(inputs, output));
    }

    /**
     * The output, into the caller's memory, and the final state.
     *
     * @param inputs tensors, sequences and initial state
     * @param output where o is written, as by {@link #attend}
     * @return the state after the last token of each sequence
     * @throws IllegalArgumentException naming the argument that does not fit, or if the algorithm
     *     has no state
     * @throws IllegalStateException if an argument's memory was freed, or this is closed
     * @throws BackendException if the device fails; output is then undefined
     */
    AttentionState forward(AttentionInputs inputs, Tensor output);

    /**
     * The output and the final state, both into the caller's memory: for calls that allocate
     * nothing large.
     *
     * @param inputs tensors, sequences and initial state
     * @param output where o is written, as by {@link #attend}
     * @param finalState where the states are written: F32 [R, H, D, E], without gaps; must overlap
     *     neither an input nor the output
     * @return the state after the last token of each sequence, whose values are {@code finalState}:
     *     it changes when they are written again
     * @throws IllegalArgumentException naming the argument that does not fit, or if the algorithm
     *     has no state
     * @throws IllegalStateException if an argument's memory was freed, or this is closed
     * @throws BackendException if the device fails; output and finalState are then undefined
     */
    AttentionState forward(AttentionInputs inputs, Tensor output, Tensor finalState);

    /**
     * The final state of sequences that begin empty, without their output; see {@link
     * #finalState(Tensor, Tensor, PackedSequences, AttentionState)}.
     *
     * @param k keys, [B, H, N, D] or [B, N, H, D] as the layout says
     * @param v values, [B, H, N, E] or [B, N, H, E], same dtype
     * @return the state after the last token of each sequence
     */
    default AttentionState finalState(Tensor k, Tensor v) {
        return finalState(k, v, null, null);
    }

    /**
     * The final state without the output, for a part of the cost: what chunks of a sequence need of
     * those before them, by the merge law.
     *
     * <p>It is as near to the definition as the state of {@link #forward(AttentionInputs)}, but it
     * may have other bits, because other blocks are better where there is no output. The same
     * arguments give the same bits on the same device, whatever the number of threads. Tokens, and
     * an initial state, that are beyond a head's {@link Reach} may be left out.
     *
     * @param k keys, [B, H, N, D] or [B, N, H, D] as the layout says; F32, F16 or BF16
     * @param v values, [B, H, N, E] or [B, N, H, E], same dtype
     * @param sequences boundaries of R sequences packed into B = 1; null: R = B sequences of N
     *     tokens
     * @param initialState the state before the first token of each of the R sequences; null: empty
     * @return the state after the last token of each sequence
     * @throws IllegalArgumentException naming the argument that does not fit, or if the algorithm
     *     has no state
     * @throws IllegalStateException if an argument's memory was freed, or this is closed
     * @throws BackendException if the device fails
     */
    AttentionState finalState(
            Tensor k,
            Tensor v,
            @Nullable PackedSequences sequences,
            @Nullable AttentionState initialState);

    /**
     * The gradients of a forward pass, rounded to the dtype of the inputs once.
     *
     * @param inputs what the forward pass read
     * @param outputGradient ∂loss/∂o, of the shape of o; the dtype of the inputs or F32
     * @param finalStateGradient ∂loss/∂(final state), F32 [R, H, D, E]; null: zeros
     * @return gradients in new memory
     * @throws IllegalArgumentException naming the argument that does not fit
     * @throws IllegalStateException if an argument's memory was freed, or this is closed
     * @throws BackendException if the device fails
     */
    Gradients backward(
            AttentionInputs inputs, Tensor outputGradient, @Nullable Tensor finalStateGradient);

    /**
     * The gradients of a forward pass, into the caller's memory.
     *
     * @param inputs what the forward pass read
     * @param outputGradient ∂loss/∂o, of the shape of o; the dtype of the inputs or F32
     * @param finalStateGradient ∂loss/∂(final state), F32 [R, H, D, E]; null: zeros
     * @param gradients where they are written: the shapes and dtypes of q, k, v, and F32 [R, H, D,
     *     E]; must not overlap anything that is read, or each other
     * @throws IllegalArgumentException naming the argument that does not fit
     * @throws IllegalStateException if an argument's memory was freed, or this is closed
     * @throws BackendException if the device fails; the gradients are then undefined
     */
    void backward(
            AttentionInputs inputs,
            Tensor outputGradient,
            @Nullable Tensor finalStateGradient,
            Gradients gradients);

    /**
     * The gradient of the initial state without the others, for a part of the cost: what chunks of
     * a sequence need of those after them. It depends on neither keys nor values.
     *
     * <p>It is as near to the definition as that of {@link #backward(AttentionInputs, Tensor,
     * Tensor)}, but it may have other bits. The same arguments give the same bits on the same
     * device, whatever the number of threads. Tokens, and a gradient of the final state, that are
     * beyond a head's {@link Reach} may be left out.
     *
     * @param q queries, [B, H, N, D] or [B, N, H, D] as the layout says; F32, F16 or BF16
     * @param outputGradient ∂loss/∂o, [B, H, N, E] or [B, N, H, E]; the dtype of q or F32
     * @param sequences boundaries of R sequences packed into B = 1; null: R = B sequences of N
     *     tokens
     * @param finalStateGradient ∂loss/∂(final state), F32 [R, H, D, E]; null: zeros
     * @return ∂loss/∂(initial state), F32 [R, H, D, E], in new memory
     * @throws IllegalArgumentException naming the argument that does not fit, or if the algorithm
     *     has no backward pass
     * @throws IllegalStateException if an argument's memory was freed, or this is closed
     * @throws BackendException if the device fails
     */
    Tensor initialStateGradient(
            Tensor q,
            Tensor outputGradient,
            @Nullable PackedSequences sequences,
            @Nullable Tensor finalStateGradient);
}
