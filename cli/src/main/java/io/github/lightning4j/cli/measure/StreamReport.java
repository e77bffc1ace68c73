package io.github.lightning4j.cli.measure;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.results.text.Numbers;
import io.github.lightning4j.results.text.Table;
import io.github.lightning4j.results.text.Words;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What {@code lightning stream} measured.
 *
 * @param device id of the device
 * @param config heads and dimensions
 * @param dtype of q, k, v and o
 * @param sequences R
 * @param chunk tokens of an append
 * @param seconds spent appending
 * @param tenths the run in tenths
 */
public record StreamReport(
        String device,
        AttentionConfig config,
        DType dtype,
        int sequences,
        long chunk,
        double seconds,
        List<Tenth> tenths) {

    /**
     * A tenth of the run.
     *
     * @param tokens appended to each sequence when it ended
     * @param tokensPerSecond of all sequences together, within it
     * @param residentBytes resident memory of the process when it ended
     */
    public record Tenth(long tokens, double tokensPerSecond, long residentBytes) {}

    /** Tokens appended to each sequence in all. */
    private long tokens() {
        return tenths.getLast().tokens();
    }

    /** Of all sequences together. */
    private double tokensPerSecond() {
        return tokens() * sequences / seconds;
    }

    /** Tokens per second of the last tenth over those of the first. */
    private double lastToFirst() {
        return tenths.getLast().tokensPerSecond() / tenths.getFirst().tokensPerSecond();
    }

    /** For programs: what {@code --json} prints. */
    public Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("device", device);
        fields.put("sequences", sequences);
        fields.put("heads", config.heads());
        fields.put("keyDim", config.keyDim());
        fields.put("valueDim", config.valueDim());
        fields.put("dtype", Words.optionName(dtype));
        fields.put("chunk", chunk);
        fields.put("tokens", tokens());
        fields.put("seconds", seconds);
        fields.put("tokensPerSecond", tokensPerSecond());
        fields.put("lastToFirst", lastToFirst());
        fields.put("tenths", tenths);
        return fields;
    }

    /** For people. */
    public String text() {
        Table about = new Table("", "");
        about.row("device", device);
        about.row(
                "shape",
                "R %s, H %s, D %s, E %s, %s, %s tokens an append"
                        .formatted(
                                sequences,
                                config.heads(),
                                config.keyDim(),
                                config.valueDim(),
                                Words.optionName(dtype),
                                chunk));
        Table table = new Table("TOKENS", "TOKENS/S", "RESIDENT");
        for (Tenth tenth : tenths) {
            table.row(
                    String.format(Locale.ROOT, "%,d", tenth.tokens()),
                    Numbers.metric(tenth.tokensPerSecond()),
                    Numbers.bytes(tenth.residentBytes()));
        }
        Table after = new Table("", "");
        after.row(
                "tokens/s",
                String.format(
                        Locale.ROOT,
                        "%s over %.1f s; last tenth / first tenth %.3f",
                        Numbers.metric(tokensPerSecond()),
                        seconds,
                        lastToFirst()));
        return "%s%n%s%n%s".formatted(about, table, after);
    }
}
