package io.github.lightning4j.cli.options;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.cli.checks.Problem;
import io.github.lightning4j.cli.checks.SyntheticTensors;
import io.github.lightning4j.cli.console.UsageException;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Extents of synthetic tensors, which are made where the user brings none. */
public final class ShapeOptions {
    /** N unless the user says. */
    public static final long DEFAULT_TOKENS = 4096;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

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

    @Mixin private SyntheticOptions synthetic = new SyntheticOptions();

    /** Batch and seed. */
    public SyntheticOptions synthetic() {
        return synthetic;
    }

    /** Whether the user said how many tokens there are. */
    public boolean givesTokens() {
        return tokens != null || sequences != null;
    }

    private boolean isGiven(String option) {
        return spec.commandLine().getParseResult().hasMatchedOption(option);
    }

    /**
     * Opens the user's tensors, or makes synthetic ones in an arena.
     *
     * @param defaultTokens N of synthetic ones unless the user says
     * @param use what is needed beside q, k and v
     */
    public OpenedInput open(
            Arena arena, ModelOptions model, InputOptions input, long defaultTokens, InputUse use)
            throws IOException {
        if (!input.isGiven()) {
            Problem problem = synthetic(arena, model, defaultTokens, use.backward());
            return new OpenedInput(problem, List.of(), () -> {});
        }
        if (isGiven(SyntheticOptions.BATCH) || givesTokens()) {
            throw new UsageException(
                    "--batch, --tokens and --sequences come from the input's tensors");
        }
        OpenedInput opened = input.open(model, use);
        if (!isGiven(SeedOption.NAME)) {
            return opened;
        }
        List<String> notices = new ArrayList<>(opened.notices());
        notices.add("--seed is not used: the tensors come from files");
        return new OpenedInput(opened.problem(), notices, opened.release());
    }

    private Problem synthetic(
            Arena arena, ModelOptions model, long defaultTokens, boolean backward) {
        AttentionConfig config = model.config();
        PackedSequences packed = null;
        long count = tokens == null ? defaultTokens : tokens;
        if (sequences != null) {
            if (isGiven(SyntheticOptions.BATCH) || tokens != null) {
                throw new UsageException("--sequences and --batch, --tokens exclude each other");
            }
            packed =
                    PackedSequences.ofLengths(
                            Arrays.stream(sequences).mapToLong(Long::longValue).toArray());
            count = packed.totalTokens();
        }
        SyntheticTensors tensors = new SyntheticTensors(arena, synthetic.seed());
        AttentionInputs inputs =
                tensors.inputs(config, model.dtype(), synthetic.batch(), count)
                        .withSequences(packed);
        Problem problem = new Problem(config, inputs);
        return backward
                ? problem.withGradients(tensors.next(model.dtype(), inputs.v().shape()), null)
                : problem;
    }
}
