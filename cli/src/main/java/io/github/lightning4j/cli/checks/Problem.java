package io.github.lightning4j.cli.checks;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.Gradients;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.RelativeError;
import io.github.lightning4j.results.text.Words;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What a run computes, whether synthetic or from a file.
 *
 * @param config heads, dimensions and the rest
 * @param inputs the tensors
 * @param expected answers that came with them, by the name they have without {@code expected.}
 * @param outputGradient ∂loss/∂o for a backward pass, or null
 * @param finalStateGradient ∂loss/∂(final state) for a backward pass, or null for zeros
 */
public record Problem(
        AttentionConfig config,
        AttentionInputs inputs,
        Map<String, Tensor> expected,
        @Nullable Tensor outputGradient,
        @Nullable Tensor finalStateGradient) {
    /** A forward pass. */
    public Problem(AttentionConfig config, AttentionInputs inputs) {
        this(config, inputs, Map.of(), null, null);
    }

    /** The same with a backward pass from these gradients. */
    public Problem withGradients(@Nullable Tensor dO, @Nullable Tensor dState) {
        return new Problem(config, inputs, expected, dO, dState);
    }

    /** The same with answers to compare with. */
    public Problem withExpected(Map<String, Tensor> answers) {
        return new Problem(config, inputs, answers, outputGradient, finalStateGradient);
    }

    /** [R, H, D, E]. */
    public long[] stateShape() {
        return new long[] {sequences(), config.heads(), config.keyDim(), config.valueDim()};
    }

    /** Why its passes cannot be computed, or nothing. */
    public String hindrance(boolean backward, boolean decode) {
        if (backward && outputGradient == null) {
            return "--backward needs do, the gradient of o, in the input's safetensors file";
        }
        boolean noBackward = backward && !config.algorithm().hasBackward();
        if (noBackward || (decode && !config.algorithm().hasState())) {
            return "%s does not go with algorithm %s"
                    .formatted(
                            noBackward ? "--backward" : "--decode",
                            Words.optionName(config.algorithm()));
        }
        return "";
    }

    /**
     * Makes a forward pass.
     *
     * @param o where the output goes
     * @param finalState where the final state goes, if the algorithm has one
     * @return the final state; null where the algorithm has none
     */
    public @Nullable AttentionState forward(
            LightningAttention attention, Tensor o, @Nullable Tensor finalState) {
        if (finalState != null) {
            return attention.forward(inputs, o, finalState);
        }
        attention.attend(inputs, o);
        return null;
    }

    /** Makes a backward pass, for which there is a gradient of o. */
    public Gradients backward(LightningAttention attention, Gradients gradients) {
        Tensor dO = Objects.requireNonNull(outputGradient);
        attention.backward(inputs, dO, finalStateGradient, gradients);
        return gradients;
    }

    /**
     * Compares a result with the answer of that name which came with the inputs, if there is one.
     */
    Optional<Check> answer(String name, String what, Tensor actual, double gate) {
        return Optional.ofNullable(expected.get(name))
                .map(answer -> RelativeError.of(actual, answer))
                .map(error -> Check.of(what, "expected." + name, "all", error, gate));
    }

    /** Where tensors are allocated. */
    @FunctionalInterface
    public interface Memory {
        /** A tensor of zeros. */
        Tensor allocate(DType dtype, long... shape);

        /** A tensor for the same elements. */
        default Tensor like(Tensor tensor) {
            return allocate(tensor.dtype(), tensor.shape());
        }

        /** A tensor with the same elements. */
        default Tensor copy(Tensor tensor) {
            Tensor copy = like(tensor);
            copy.copyFrom(tensor);
            return copy;
        }

        /** That of an arena. */
        static Memory of(Arena arena) {
            return (dtype, shape) -> Tensor.allocate(arena, dtype, shape);
        }
    }

    /** Memory for its output. */
    public Tensor output(Memory memory) {
        return memory.like(inputs.v());
    }

    /** Memory for its final state; null where the algorithm has none. */
    public @Nullable Tensor finalState(Memory memory) {
        return config.algorithm().hasState() ? memory.allocate(DType.F32, stateShape()) : null;
    }

    /** Memory for its gradients. */
    public Gradients gradients(Memory memory) {
        return new Gradients(
                memory.like(inputs.q()),
                memory.like(inputs.q()),
                output(memory),
                memory.allocate(DType.F32, stateShape()));
    }

    /** The same with copies of what passes read, but for states. */
    public Problem copied(Memory memory) {
        AttentionInputs copies =
                new AttentionInputs(
                        memory.copy(inputs.q()),
                        memory.copy(inputs.k()),
                        memory.copy(inputs.v()),
                        inputs.sequences(),
                        inputs.initialState());
        Tensor dO = outputGradient == null ? null : memory.copy(outputGradient);
        return new Problem(config, copies, expected, dO, finalStateGradient);
    }

    /** B. */
    public long batch() {
        return inputs.q().shape(0);
    }

    /** N, the extent of the token axis. */
    public long tokens() {
        return inputs.q().shape(config.layout().tokenAxis());
    }

    /** R. */
    public int sequences() {
        PackedSequences packed = inputs.sequences();
        return packed == null ? (int) batch() : packed.count();
    }

    /** Tokens of sequence r. */
    public long length(int r) {
        PackedSequences packed = inputs.sequences();
        return packed == null ? tokens() : packed.length(r);
    }

    /** The longest sequence. */
    long longest() {
        long longest = 0;
        for (int r = 0; r < sequences(); r++) {
            longest = Math.max(longest, length(r));
        }
        return longest;
    }
}
