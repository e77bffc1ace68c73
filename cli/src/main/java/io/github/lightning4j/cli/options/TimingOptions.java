package io.github.lightning4j.cli.options;

import io.github.lightning4j.results.PointBudget;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How long and how often something is measured. */
public final class TimingOptions {
    @Option(
            names = "--time",
            paramLabel = "SECONDS",
            defaultValue = "3",
            description =
                    "Time for the timed calls of a pass or length, of which there is one at least"
                            + " (default: ${DEFAULT-VALUE}).")
    private double seconds;

    @Option(
            names = {"-n", "--repeat"},
            paramLabel = "COUNT",
            defaultValue = "" + Integer.MAX_VALUE,
            description = "Timed calls at most (default: what --time allows).")
    private int repeat;

    @Mixin private WarmUpOption warmUp = new WarmUpOption();

    @Option(
            names = "--point-time",
            paramLabel = "SECONDS",
            defaultValue = "20",
            description =
                    "Sweep: what the calls at one length may take together; a series ends before a"
                            + " length that would take longer (default: ${DEFAULT-VALUE}).")
    private double pointSeconds;

    /**
     * How long each length or pass is measured.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    public PointBudget budget() {
        if (repeat < 1) {
            throw new IllegalArgumentException("--repeat is " + repeat + "; it must be at least 1");
        }
        if (!(seconds >= 0 && seconds < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "--time is " + seconds + "; it must be at least 0, and finite");
        }
        if (!(pointSeconds > 0 && pointSeconds < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("--point-time must be above 0, and finite");
        }
        return new PointBudget(warmUp.seconds(), seconds, pointSeconds);
    }

    /** Timed calls at most. */
    public int repeat() {
        return repeat;
    }
}
