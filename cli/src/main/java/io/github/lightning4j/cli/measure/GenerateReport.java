package io.github.lightning4j.cli.measure;

import io.github.lightning4j.models.ModelMemory;
import io.github.lightning4j.results.text.Numbers;
import io.github.lightning4j.results.text.Table;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What {@code lightning generate} chose, and how long it took.
 *
 * @param model its folder
 * @param device of lightning attention; {@code none} where all layers are softmax
 * @param computing how everything else was computed
 * @param resumedTokens of a saved conversation that was gone on from
 * @param promptTokens how many ids were given, with one that waited in that conversation
 * @param ids what was chosen
 * @param prefillSeconds until the first id was chosen
 * @param decodeSeconds from then on until the last one
 * @param memory of the process after that
 */
public record GenerateReport(
        String model,
        String device,
        String computing,
        long resumedTokens,
        int promptTokens,
        List<Integer> ids,
        double prefillSeconds,
        double decodeSeconds,
        ModelMemory memory) {
    /** Copies the ids. */
    public GenerateReport {
        ids = List.copyOf(ids);
    }

    private double prefillTokensPerSecond() {
        return promptTokens / prefillSeconds;
    }

    /** Of the steps after the first token; 0 where there was none. */
    private double decodeTokensPerSecond() {
        return ids.size() < 2 ? 0 : (ids.size() - 1) / decodeSeconds;
    }

    /** For programs: what {@code --json} prints. */
    public Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("model", model);
        fields.put("device", device);
        fields.put("computing", computing);
        fields.put("resumedTokens", resumedTokens);
        fields.put("promptTokens", promptTokens);
        fields.put("ids", ids);
        fields.put("prefillSeconds", prefillSeconds);
        fields.put("prefillTokensPerSecond", prefillTokensPerSecond());
        fields.put("decodeSeconds", decodeSeconds);
        fields.put("decodeTokensPerSecond", decodeTokensPerSecond());
        fields.put("weightBytes", memory.weights());
        fields.put("stateBytes", memory.states());
        fields.put("cacheBytes", memory.caches());
        return fields;
    }

    /** For people: the ids on a line of their own. */
    public String text() {
        Table table = new Table("", "");
        table.row("model", model);
        table.row("device", device + "; the rest on the CPU, " + computing);
        if (resumedTokens > 0) {
            table.row(
                    "resumed",
                    String.format(Locale.ROOT, "%,d tokens, not computed again", resumedTokens));
        }
        table.row(
                "prefill",
                String.format(
                        Locale.ROOT,
                        "%s tokens/s, %,d tokens in %s",
                        Numbers.metric(prefillTokensPerSecond()),
                        promptTokens,
                        Numbers.millis(prefillSeconds * 1e3)));
        if (ids.size() > 1) {
            table.row(
                    "decode",
                    String.format(
                            Locale.ROOT,
                            "%s tokens/s, %s a token",
                            Numbers.metric(decodeTokensPerSecond()),
                            Numbers.millis(decodeSeconds * 1e3 / (ids.size() - 1))));
        }
        table.row("weights", Numbers.bytes(memory.weights()));
        table.row("states", Numbers.bytes(memory.states()) + ", whatever the number of tokens");
        table.row("caches", Numbers.bytes(memory.caches()) + ", growing with every token");
        String line = ids.stream().map(String::valueOf).collect(Collectors.joining(","));
        return "%s%n%s".formatted(line, table);
    }
}
