package io.github.lightning4j.cli.measure;

import io.github.lightning4j.models.CheckpointReport;
import io.github.lightning4j.models.CheckpointReport.ConversationMemory;
import io.github.lightning4j.models.DecayConvention;
import io.github.lightning4j.models.LayerSlopes;
import io.github.lightning4j.results.text.Numbers;
import io.github.lightning4j.results.text.Table;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What {@code lightning doctor} found, for programs and for people.
 *
 * @param report of the checkpoint
 */
public record DoctorReport(CheckpointReport report) {
    /** Layers whose slopes are listed one by one; programs get all. */
    private static final int MOST_LAYERS = 100;

    /** Tensors that are listed one by one; programs get more. */
    private static final int MOST_MISFITS = 50;

    /** For programs: what {@code --json} prints. */
    public Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("folder", report.folder());
        fields.put("family", report.config().family());
        fields.put("layers", report.config().layers());
        fields.put("softmaxLayers", report.softmaxLayers());
        fields.put("heads", report.config().heads());
        fields.put("hidden", report.config().hidden());
        fields.put("vocabulary", report.config().vocabulary());
        fields.put("decay", report.convention().text());
        fields.put("weights", report.types());
        fields.put("conversation", report.memory());
        fields.put("slopes", report.slopes().stream().map(this::fields).toList());
        fields.put("misfits", report.misfits());
        fields.put("sound", report.isSound());
        return fields;
    }

    private Map<String, Object> fields(LayerSlopes layer) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("layer", layer.layer());
        fields.put("dtype", layer.dtype().name());
        fields.put("precision", layer.precision().name());
        // Not a number in the file is no number in JSON either.
        fields.put(
                "slopes",
                layer.values().stream().map(s -> Float.isFinite(s) ? s : s.toString()).toList());
        Map<String, Object> distances = new LinkedHashMap<>();
        layer.distances().forEach((of, distance) -> distances.put(of.text(), distance));
        fields.put("distances", distances);
        fields.put("fits", layer.fit(report.convention()));
        return fields;
    }

    /** For people. */
    public String text() {
        Table table = new Table("", "");
        table.row("checkpoint", report.folder());
        table.row("model", report.config().family());
        int softmax = report.softmaxLayers();
        int layers = report.config().layers();
        table.row(
                "layers",
                String.format(
                        Locale.ROOT,
                        "%,d: %,d lightning, %,d softmax",
                        layers,
                        layers - softmax,
                        softmax));
        table.row("decay", report.convention().text() + ", from the configuration");
        report.types()
                .forEach((type, use) ->
                        table.row(
                                "weights",
                                String.format(
                                        Locale.ROOT,
                                        "%s in %,d tensors of %s",
                                        Numbers.bytes(use.bytes()),
                                        use.tensors(),
                                        type)));
        for (ConversationMemory memory : report.memory()) {
            table.row(
                    "conversation",
                    String.format(
                            Locale.ROOT,
                            "of %,d tokens: %s of states, %s of key-value caches",
                            memory.tokens(),
                            Numbers.bytes(memory.states()),
                            Numbers.bytes(memory.caches())));
        }
        if (report.slopes().isEmpty()) {
            table.row("slopes", "none in the files");
        }
        StringBuilder text = new StringBuilder(table.toString());
        if (!report.slopes().isEmpty()) {
            text.append(System.lineSeparator()).append(slopes());
        }
        if (!report.misfits().isEmpty()) {
            text.append(System.lineSeparator()).append(misfits());
        }
        return text.append(System.lineSeparator()).append(verdict()).toString();
    }

    private String slopes() {
        Table conventions =
                new Table("SLOPES IN THE FILES", "WORST DISTANCE", "LAYER", "WHOSE").numbers(1, 2);
        for (DecayConvention convention : DecayConvention.values()) {
            LayerSlopes worst = report.farthest(convention).orElseThrow();
            conventions.row(
                    convention.text() + (convention == report.convention() ? " (used)" : ""),
                    Numbers.error(worst.distance(convention)),
                    Integer.toString(worst.layer()),
                    convention.use());
        }
        List<String> header = new ArrayList<>(List.of("LAYER", "TYPE", "ROUNDED TO"));
        for (DecayConvention convention : DecayConvention.values()) {
            header.add(convention.text());
        }
        Table layers = new Table(header.toArray(String[]::new)).numbers(3, header.size() - 1);
        for (LayerSlopes layer : report.slopes().stream().limit(MOST_LAYERS).toList()) {
            List<String> row =
                    new ArrayList<>(
                            List.of(
                                    Integer.toString(layer.layer()),
                                    layer.dtype().name(),
                                    layer.precision().name()));
            layer.distances().values().forEach(distance -> row.add(Numbers.error(distance)));
            layers.row(row);
        }
        int more = report.slopes().size() - MOST_LAYERS;
        String rest = more > 0 ? more + " more layers%n".formatted() : "";
        return "%s%n%s%s".formatted(conventions, layers, rest);
    }

    private String misfits() {
        String listed =
                report.misfits().stream()
                        .limit(MOST_MISFITS)
                        .collect(Collectors.joining(System.lineSeparator()));
        int more = report.misfits().size() - MOST_MISFITS;
        return listed + "%n".formatted() + (more > 0 ? "and " + more + " more%n".formatted() : "");
    }

    private String verdict() {
        if (!report.misfits().isEmpty()) {
            return "This model cannot be run.";
        }
        List<String> others =
                report.slopes().stream()
                        .filter(layer -> !layer.fit(report.convention()))
                        .map(layer -> Integer.toString(layer.layer()))
                        .toList();
        if (others.isEmpty()) {
            return "Nothing is wrong.";
        }
        String more = others.size() == 1 ? "" : " and " + (others.size() - 1) + " more";
        return "Slopes of layer %s%s are not those of the configuration."
                .formatted(others.getFirst(), more);
    }
}
