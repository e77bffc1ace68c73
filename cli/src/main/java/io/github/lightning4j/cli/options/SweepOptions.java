package io.github.lightning4j.cli.options;

import io.github.lightning4j.Algorithm;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.List;

/** What makes a bench a sweep: several algorithms, lengths and devices. */
public final class SweepOptions {
    /** Options that mean nothing without one that makes a bench a sweep. */
    public static final List<String> OF_SWEEPS_ALONE = List.of("--point-time", "--output", "--csv");

    private static final List<Algorithm> ALL =
            List.of(
                    Algorithm.SOFTMAX,
                    Algorithm.LEFT_PRODUCT,
                    Algorithm.RIGHT_PRODUCT,
                    Algorithm.LIGHTNING_1,
                    Algorithm.LIGHTNING_2);

    @Option(
            names = "--algorithms",
            paramLabel = "LIST",
            split = ",",
            completionCandidates = Candidates.Algorithms.class,
            description =
                    "Sweep: these algorithms, such as softmax,lightning-2, or all. Each series of"
                            + " lengths runs in a process of its own.")
    private @Nullable List<String> algorithms;

    @Mixin private LengthOptions lengths = new LengthOptions();

    @Option(
            names = "--devices",
            paramLabel = "LIST",
            split = ",",
            completionCandidates = Candidates.DeviceLists.class,
            description =
                    "Sweep: these devices, or all that can be used, of every TornadoVM backend"
                            + " (default: that of --device).")
    private @Nullable List<String> devices;

    @Mixin private TimingOptions timing = new TimingOptions();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description =
                    "Sweep: write the results here, again after every length. A file that is there"
                            + " is an error without --resume.")
    private @Nullable Path output;

    @Option(
            names = "--csv",
            paramLabel = "FILE",
            description = "Sweep: write the points here as comma-separated values at the end.")
    private @Nullable Path csv;

    @Option(
            names = "--resume",
            description = "Sweep: keep what --output has and measure what is missing.")
    private boolean resume;

    /** Whether a sweep is wanted. */
    public boolean isGiven() {
        return algorithms != null || lengths.isGiven() || devices != null || resume;
    }

    /** The algorithms, given or those of the figure. */
    public List<Algorithm> algorithms() {
        List<String> names = algorithms == null ? List.of("all") : algorithms;
        ModelOptions.AlgorithmConverter converter = new ModelOptions.AlgorithmConverter();
        List<Algorithm> named =
                names.stream()
                        .filter(name -> !name.equals("all"))
                        .map(converter::convert)
                        .distinct()
                        .toList();
        return names.contains("all") ? ALL : named;
    }

    /** The lengths and their batches. */
    public LengthOptions lengths() {
        return lengths;
    }

    /** The devices as given; empty for that of --device. */
    public List<String> devices() {
        return devices == null ? List.of() : List.copyOf(devices);
    }

    /** How long and how often, also where there is no sweep. */
    public TimingOptions timing() {
        return timing;
    }

    /** Where the results go, or null. */
    public @Nullable Path output() {
        return output;
    }

    /** Where the table goes, or null. */
    public @Nullable Path csv() {
        return csv;
    }

    /** Whether to go on where a file ends. */
    public boolean isResumed() {
        return resume;
    }
}
