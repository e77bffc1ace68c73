package io.github.lightning4j.cli.options;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.cli.checks.Problem;
import io.github.lightning4j.cli.checks.SyntheticTensors;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Map;

/** Extents of synthetic tensors, for want of the user's own. */
public final class ShapeOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = {"-B", "--batch"},
            paramLabel = "B",
            description = "Batch (default: 1).")
    private @Nullable Integer batch;

    @Option(
            names = {"-N", "--tokens"},
            paramLabel = "N",
            converter = TokenCount.class,
            description = "Tokens of a sequence, such as 4096, 4k or 1m (default: 4k).")
    private @Nullable Long tokens;

    @Option(
            names = "--sequences",
            paramLabel = "LENGTHS",
            split = ",",
            converter = TokenCount.class,
            description = "Packed sequences of these lengths instead of --batch and --tokens.")
    private Long @Nullable [] sequences;

    @Option(
            names = "--seed",
            paramLabel = "SEED",
            defaultValue = "1",
            description = "Seed of synthetic tensors (default: 1).")
    private long seed;

    /** For picocli. */
    @SuppressWarnings("NullAway.Init") // picocli sets the spec
    public ShapeOptions() {}

    /** B, given or 1. */
    public int batchOrDefault() {
        return batch == null ? 1 : batch;
    }

    /** Seed of the tensors. */
    public long seed() {
        return seed;
    }

    /** Whether the user said how many tokens there are. */
    public boolean givesTokens() {
        return tokens != null || sequences != null;
    }

    /**
     * Opens the user's tensors, or makes synthetic ones in an arena, of so many tokens unless told
     * otherwise.
     */
    public InputOptions.Opened open(
            Arena arena,
            ModelOptions model,
            InputOptions input,
            long defaultTokens,
            boolean backward)
            throws IOException {
        if (!input.isGiven()) {
            return InputOptions.opened(synthetic(arena, model, defaultTokens, backward), () -> {});
        }
        if (batch != null || tokens != null || sequences != null) {
            throw usage("--batch, --tokens and --sequences come from the input's tensors");
        }
        return input.open(model);
    }

    private Problem synthetic(
            Arena arena, ModelOptions model, long defaultTokens, boolean backward) {
        AttentionConfig config = model.config();
        PackedSequences packed = null;
        long count = tokens == null ? defaultTokens : tokens;
        if (sequences != null) {
            if (batch != null || tokens != null) {
                throw usage("--sequences and --batch, --tokens exclude each other");
            }
            packed =
                    PackedSequences.ofLengths(
                            Arrays.stream(sequences).mapToLong(Long::longValue).toArray());
            count = packed.totalTokens();
        }
        int b = batch == null ? 1 : batch;
        if (b < 1) {
            throw usage("--batch is " + b + "; it must be at least 1");
        }
        SyntheticTensors tensors = new SyntheticTensors(arena, seed);
        AttentionInputs inputs =
                tensors.inputs(config, model.dtypeOrDefault(), b, count).withSequences(packed);
        if (!backward) {
            return new Problem(config, inputs, Map.of());
        }
        Tensor dO = tensors.next(model.dtypeOrDefault(), inputs.v().shape());
        return new Problem(config, inputs, Map.of(), dO, null);
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
