package io.github.lightning4j.cli.options;

import picocli.CommandLine.Option;

/** What makes synthetic tensors the same again. */
public final class SeedOption {
    /** The option. */
    static final String NAME = "--seed";

    @Option(
            names = NAME,
            paramLabel = "SEED",
            defaultValue = "1",
            description = "Seed of synthetic tensors (default: ${DEFAULT-VALUE}).")
    private long seed;

    /** The seed. */
    public long value() {
        return seed;
    }
}
