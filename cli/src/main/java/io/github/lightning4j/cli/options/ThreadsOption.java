package io.github.lightning4j.cli.options;

import picocli.CommandLine.Option;

/** How many threads of the CPU compute. */
final class ThreadsOption {
    @Option(
            names = {"-t", "--threads"},
            paramLabel = "COUNT",
            description = "CPU threads (default: one for each processor).")
    private int count;

    /** How many; 0: one for each processor. */
    int count() {
        return count;
    }
}
