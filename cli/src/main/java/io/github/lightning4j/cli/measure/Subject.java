package io.github.lightning4j.cli.measure;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.Device;
import io.github.lightning4j.cli.checks.Problem;
import io.github.lightning4j.cli.options.DecayConverter;
import io.github.lightning4j.io.Quoted;
import io.github.lightning4j.results.text.Table;
import io.github.lightning4j.results.text.Words;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What was measured, and where: how every report begins.
 *
 * @param device where it ran
 * @param problem what was computed
 */
public record Subject(Device device, Problem problem) {
    /** For programs: fields of the report's JSON document, in their order. */
    Map<String, Object> fields() {
        AttentionConfig config = problem.config();
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("algorithm", Words.optionName(config.algorithm()));
        fields.put("device", device.id());
        fields.put("hardware", hardware());
        fields.put("batch", problem.batch());
        fields.put("heads", config.heads());
        fields.put("tokens", problem.tokens());
        fields.put("keyDim", config.keyDim());
        fields.put("valueDim", config.valueDim());
        fields.put("sequences", problem.sequences());
        fields.put("dtype", dtype());
        fields.put("layout", Words.optionName(config.layout()));
        fields.put("decay", DecayConverter.format(config.decay()));
        fields.put("featureMap", Words.optionName(config.featureMap()));
        fields.put("scale", config.scale());
        return fields;
    }

    /** For people. */
    void describe(Table table) {
        AttentionConfig config = problem.config();
        table.row("device", device.id() + ", " + Quoted.name(hardware()));
        String packed =
                problem.sequences() == problem.batch()
                        ? ""
                        : ", " + problem.sequences() + " packed sequences";
        table.row(
                "shape",
                "B %s, H %s, N %s, D %s, E %s%s"
                        .formatted(
                                problem.batch(),
                                config.heads(),
                                problem.tokens(),
                                config.keyDim(),
                                config.valueDim(),
                                packed));
        table.row(
                "model",
                String.join(
                        ", ",
                        Words.optionName(config.algorithm()),
                        dtype(),
                        Words.optionName(config.layout()),
                        DecayConverter.format(config.decay()),
                        Words.optionName(config.featureMap()),
                        "scale " + config.scale()));
    }

    private String hardware() {
        return device.name() + ", " + device.description();
    }

    private String dtype() {
        return Words.optionName(problem.inputs().q().dtype());
    }
}
