package io.github.lightning4j.cli.options;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.Layout;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.Validation;
import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.results.text.Words;

import org.jspecify.annotations.Nullable;

import java.util.function.Supplier;

/**
 * The configuration that the user's tensors have. What is wrong in files is malformed data, what is
 * wrong on the command line an {@link IllegalArgumentException}.
 */
final class TensorModel {
    private TensorModel() {}

    /**
     * A configuration of the extents of q and v.
     *
     * @param name of the file, as it may stand in a message
     * @param slopes of the file, or null for those of the options
     * @param scale of the file, or null for that of the options
     */
    static AttentionConfig of(
            String name,
            Tensor q,
            Tensor v,
            Layout layout,
            ModelOptions model,
            Decay.@Nullable Slopes slopes,
            @Nullable Double scale)
            throws MalformedDataException {
        if (q.rank() != 4 || v.rank() != 4) {
            throw new MalformedDataException(
                    "%s: q is %s and v is %s; both must have 4 axes".formatted(name, q, v));
        }
        int headAxis = layout == Layout.HEADS_FIRST ? 1 : 2;
        AttentionConfig.Builder builder =
                AttentionConfig.builder(q.shape(headAxis), q.shape(3), v.shape(3)).layout(layout);
        // Of the file alone, so as to know whose mistake it is.
        made(name, builder::build);
        if (slopes != null) {
            builder.decay(slopes);
        }
        if (scale != null) {
            builder.scale(scale);
        }
        made(name, builder::build);
        if (slopes == null) {
            builder.decay(model.decayOrDefault());
        }
        if (scale == null) {
            builder.scale(model.scaleOr(q.shape(3)));
        }
        return builder.algorithm(model.algorithm).featureMap(model.featureMap).build();
    }

    /**
     * Inputs that fit their configuration, with the state before them.
     *
     * @param name of the file, as it may stand in a message
     */
    static AttentionInputs complete(
            String name, AttentionConfig config, AttentionInputs inputs, @Nullable Tensor state)
            throws MalformedDataException {
        made(name, () -> checked(config, inputs));
        if (state == null) {
            return inputs;
        }
        if (!config.algorithm().hasState()) {
            throw new IllegalArgumentException(
                    "the input has an initial state; "
                            + Words.optionName(config.algorithm())
                            + " cannot begin with one");
        }
        if (state.dtype() != DType.F32) {
            throw new MalformedDataException(
                    name + ": initial_state is " + state + "; it must be F32");
        }
        int sequences =
                inputs.sequences() == null ? (int) inputs.q().shape(0) : inputs.sequences().count();
        return made(
                name + ": initial_state",
                () -> {
                    AttentionState before =
                            AttentionState.of(state, config.slopes(), new long[sequences]);
                    return checked(config, inputs.withInitialState(before));
                });
    }

    private static AttentionInputs checked(AttentionConfig config, AttentionInputs inputs) {
        Validation.check(config, inputs);
        return inputs;
    }

    /**
     * What is made of a file's data, whose mistake it is where it cannot be made.
     *
     * @param name of the file or of what is in it, as it may stand in a message
     */
    static <T> T made(String name, Supplier<T> making) throws MalformedDataException {
        try {
            return making.get();
        } catch (IllegalArgumentException e) {
            throw new MalformedDataException(name + ": " + e.getMessage(), e);
        }
    }
}
