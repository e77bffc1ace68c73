package io.github.lightning4j.cli.options;

import io.github.lightning4j.Devices;
import io.github.lightning4j.cli.console.UsageException;
import io.github.lightning4j.models.ConversationOptions;
import io.github.lightning4j.models.Generation;
import io.github.lightning4j.models.Sampling;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.util.Set;

/** Where a model runs, and how it chooses its tokens. */
public final class GenerationOptions {
    @Option(
            names = {"-d", "--device"},
            paramLabel = "ID",
            defaultValue = Devices.AUTO,
            completionCandidates = Candidates.DeviceNames.class,
            description =
                    "Where lightning attention runs, as for 'lightning run' (default:"
                            + " ${DEFAULT-VALUE}). Everything else runs on the CPU.")
    private String device = Devices.AUTO;

    @Mixin private ThreadsOption threads = new ThreadsOption();

    @Option(
            names = "--tokens",
            paramLabel = "COUNT",
            defaultValue = "64",
            description =
                    "Tokens to choose, fewer after a stop token of the model (default:"
                            + " ${DEFAULT-VALUE}).")
    private int tokens;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            defaultValue = "0",
            description =
                    "Divides the logits before a token is drawn; 0 takes the largest (default:"
                            + " ${DEFAULT-VALUE}).")
    private double temperature;

    @Option(
            names = "--top-k",
            paramLabel = "COUNT",
            defaultValue = "0",
            description =
                    "Draw from so many of the largest; 0 for all (default: ${DEFAULT-VALUE}).")
    private int topK;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            defaultValue = "1",
            description =
                    "Draw from the most probable that have P together (default:"
                            + " ${DEFAULT-VALUE}).")
    private double topP;

    @Option(
            names = "--seed",
            paramLabel = "SEED",
            defaultValue = "1",
            description = "Seed of what is drawn (default: ${DEFAULT-VALUE}).")
    private long seed;

    /** CPU threads, 0 for one for each processor. */
    public int threads() {
        return threads.count();
    }

    /** What is to be chosen. */
    public Generation generation(Set<Integer> stopTokens) {
        if (tokens < 1) {
            throw new UsageException("--tokens is " + tokens + "; it must be at least 1");
        }
        return new Generation(tokens, new Sampling(temperature, topK, topP, seed), stopTokens);
    }

    /** One conversation; caches may take three quarters of the heap. */
    public ConversationOptions conversations() {
        return ConversationOptions.of(1)
                .withDevice(device)
                .withThreads(threads())
                .withCacheLimit(Runtime.getRuntime().maxMemory() / 4 * 3);
    }
}
