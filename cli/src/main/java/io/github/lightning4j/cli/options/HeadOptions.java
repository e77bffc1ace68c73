package io.github.lightning4j.cli.options;

import io.github.lightning4j.Decay;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

/** Heads and how they forget. */
public final class HeadOptions {
    @Option(
            names = {"-H", "--heads"},
            paramLabel = "H",
            defaultValue = "8",
            description = "Heads (default: ${DEFAULT-VALUE}).")
    private long heads;

    @Option(
            names = "--decay",
            paramLabel = "DECAY",
            converter = DecayConverter.class,
            completionCandidates = Candidates.Decays.class,
            description = DecayConverter.FORMS + " (default: alibi; none where there is no decay).")
    private @Nullable Decay decay;

    /** H. */
    public long heads() {
        return heads;
    }

    /** The decay, or null where none was given. */
    public @Nullable Decay decay() {
        return decay;
    }
}
