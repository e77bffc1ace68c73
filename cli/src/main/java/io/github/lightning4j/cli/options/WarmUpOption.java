package io.github.lightning4j.cli.options;

import picocli.CommandLine.Option;

/** How long something is called before it is timed. */
public final class WarmUpOption {
    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            defaultValue = "1.5",
            description =
                    "Time for calls before the clock, at the least: they go on while the JIT"
                            + " compiles, for ten seconds more at most; with 0 there is one"
                            + " (default: ${DEFAULT-VALUE}).")
    private double seconds;

    /** For picocli. */
    public WarmUpOption() {}

    /**
     * Its value.
     *
     * @throws IllegalArgumentException if it is out of range
     */
    public double seconds() {
        if (!(seconds >= 0 && seconds < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "--warm-up is " + seconds + "; it must be at least 0, and finite");
        }
        return seconds;
    }
}
