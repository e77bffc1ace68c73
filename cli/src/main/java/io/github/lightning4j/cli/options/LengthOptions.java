package io.github.lightning4j.cli.options;

import io.github.lightning4j.results.Shape;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.util.List;

/** The lengths of a sweep, and how the batch follows from them. */
public final class LengthOptions {
    @Option(
            names = "--lengths",
            paramLabel = "LIST",
            converter = LengthsConverter.class,
            description = "Sweep: these lengths, such as 1k..256k (doubling) or 1k,10k,100k.")
    private LengthsConverter.@Nullable Lengths lengths;

    @Option(
            names = "--total-tokens",
            paramLabel = "T",
            converter = TokenCount.class,
            description =
                    "Sweep: one number of tokens for all calls, such as 256k: batches of T / N, not"
                            + " --batch, so that short lengths fill a GPU as long ones do.")
    private @Nullable Long totalTokens;

    /** Whether one is given. */
    boolean isGiven() {
        return lengths != null || totalTokens != null;
    }

    /** The lengths, given or 1k..256k. */
    public List<Long> lengths() {
        return lengths == null
                ? new LengthsConverter().convert("1k..256k").tokens()
                : lengths.tokens();
    }

    /** The tokens of every call, or null where the batch is the same at every length. */
    public @Nullable Long totalTokens() {
        return totalTokens;
    }

    /**
     * The batches of the lengths.
     *
     * @param batch B where no number of tokens is given
     */
    public Shape.Batches batches(int batch) {
        return new Shape.Batches(totalTokens == null ? (Long) (long) batch : null, totalTokens);
    }
}
