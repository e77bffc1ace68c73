package io.github.lightning4j.cli.measure;

import io.github.lightning4j.cli.checks.Check;
import io.github.lightning4j.io.Quoted;
import io.github.lightning4j.results.text.Numbers;
import io.github.lightning4j.results.text.Table;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/**
 * What {@code lightning run} measured.
 *
 * @param subject what ran where
 * @param repetitions how often it was timed, after a warm-up
 * @param forward its times
 * @param backward those of the gradients, or null without them
 * @param output the file that was written, or empty
 * @param checks measured errors
 */
public record RunReport(
        Subject subject,
        int repetitions,
        TimedCalls<?> forward,
        @Nullable TimedCalls<?> backward,
        String output,
        List<Check> checks) {

    /** Whether every check passed. */
    public boolean passed() {
        return checks.stream().allMatch(Check::passed);
    }

    /** Tokens of all sequences over the median. */
    private double tokensPerSecond() {
        double tokens = (double) subject.problem().batch() * subject.problem().tokens();
        return tokens / (forward.medianMillis() / 1e3);
    }

    /** For programs: what {@code --json} prints. */
    public Map<String, Object> fields() {
        Map<String, Object> fields = subject.fields();
        fields.put("repetitions", repetitions);
        fields.put("medianMillis", forward.medianMillis());
        fields.put("minMillis", forward.minMillis());
        fields.put("tokensPerSecond", tokensPerSecond());
        fields.put("backwardMillis", backward == null ? 0.0 : backward.medianMillis());
        fields.put("output", output);
        fields.put("checks", checks);
        return fields;
    }

    /** For people. */
    public String text() {
        Table table = new Table("", "");
        subject.describe(table);
        table.row(
                "time",
                "%s median, %s best of %s"
                        .formatted(
                                Numbers.millis(forward.medianMillis()),
                                Numbers.millis(forward.minMillis()),
                                repetitions));
        table.row("tokens/s", Numbers.metric(tokensPerSecond()));
        if (backward != null) {
            table.row("backward", Numbers.millis(backward.medianMillis()) + " median");
        }
        for (Check check : checks) {
            table.row(check.what(), check.inWords());
        }
        if (!output.isEmpty()) {
            table.row("written", Quoted.name(output));
        }
        return table.toString();
    }
}
