package io.github.lightning4j.cli.measure;

import io.github.lightning4j.cli.text.Figures;
import io.github.lightning4j.cli.text.Table;

import java.util.List;
import java.util.Locale;

/**
 * What {@code lightning stream} measured; {@code --json} prints it under these names.
 *
 * @param device id of the device
 * @param sequences R
 * @param heads H
 * @param keyDim D
 * @param valueDim E
 * @param dtype of q, k, v and o
 * @param chunk tokens of an append
 * @param tokens appended to each sequence in all
 * @param seconds spent appending
 * @param tokensPerSecond of all sequences together
 * @param lastToFirst tokens per second of the last tenth over those of the first
 * @param tenths the run in tenths
 */
public record StreamReport(
        String device,
        int sequences,
        int heads,
        int keyDim,
        int valueDim,
        String dtype,
        long chunk,
        long tokens,
        double seconds,
        double tokensPerSecond,
        double lastToFirst,
        List<Tenth> tenths) {

    /**
     * A tenth of the run.
     *
     * @param tokens appended to each sequence when it ended
     * @param tokensPerSecond of all sequences together, within it
     * @param residentBytes resident memory of the process when it ended
     */
    public record Tenth(long tokens, double tokensPerSecond, long residentBytes) {}

    /** For people. */
    public String text() {
        Table table = new Table("TOKENS", "TOKENS/S", "RESIDENT");
        for (Tenth tenth : tenths) {
            table.row(
                    String.format(Locale.ROOT, "%,d", tenth.tokens()),
                    Figures.metric(tenth.tokensPerSecond()),
                    Figures.bytes(tenth.residentBytes()));
        }
        return String.format(
                Locale.ROOT,
                "device    %s%nshape     R %d, H %d, D %d, E %d, %s, %d tokens an"
                    + " append%n%n%s%ntokens/s  %s over %.1f s; last tenth / first tenth %.3f",
                device,
                sequences,
                heads,
                keyDim,
                valueDim,
                dtype,
                chunk,
                table,
                Figures.metric(tokensPerSecond),
                seconds,
                lastToFirst);
    }
}
