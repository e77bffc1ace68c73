package io.github.lightning4j.cli.options;

import io.github.lightning4j.cli.console.UsageException;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How many sequences of synthetic tokens there are, and what makes them the same again. */
public final class SyntheticOptions {
    /** The option of the batch. */
    static final String BATCH = "--batch";

    @Option(
            names = {"-B", BATCH},
            paramLabel = "B",
            defaultValue = "1",
            description = "Batch: sequences of one length (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Mixin private SeedOption seed = new SeedOption();

    /** B, which is 1 at least. */
    public int batch() {
        if (batch < 1) {
            throw new UsageException("--batch is " + batch + "; it must be at least 1");
        }
        return batch;
    }

    /** Seed of the tensors. */
    public long seed() {
        return seed.value();
    }
}
