package io.github.lightning4j.cli.measure;

import io.github.lightning4j.cli.checks.Check;
import io.github.lightning4j.cli.text.Numbers;
import io.github.lightning4j.cli.text.Table;
import io.github.lightning4j.cli.text.Words;
import io.github.lightning4j.distributed.JobReport;
import io.github.lightning4j.distributed.Phase;
import io.github.lightning4j.io.Quoted;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code lightning distribute} did.
 *
 * @param subject what ran where
 * @param tokensPerPartition of every partition but the last
 * @param job what the run computed and how long that took
 * @param written the folder and, where there is one, the file of all results
 * @param checks measured errors of some rows
 */
public record DistributeReport(
        Subject subject,
        long tokensPerPartition,
        JobReport job,
        List<String> written,
        List<Check> checks) {
    /** Copies the lists. */
    public DistributeReport {
        written = List.copyOf(written);
        checks = List.copyOf(checks);
    }

    /** Whether every check passed. */
    public boolean passed() {
        return checks.stream().allMatch(Check::passed);
    }

    private static double seconds(Duration time) {
        return time.toNanos() / 1e9;
    }

    private double tokensPerSecond() {
        return job.computed() == 0 ? 0 : job.tokens() / seconds(job.time());
    }

    /** For programs: what {@code --json} prints. */
    public Map<String, Object> fields() {
        Map<String, Object> fields = subject.fields();
        fields.put("partitions", job.partitions());
        fields.put("tokensPerPartition", tokensPerPartition);
        fields.put("computed", job.computed());
        fields.put("exchangedBytes", job.exchangedBytes());
        Map<String, Object> phases = new LinkedHashMap<>();
        for (Phase phase : Phase.values()) {
            Duration time = job.times().get(phase);
            if (time != null) {
                phases.put(Words.optionName(phase), seconds(time));
            }
        }
        fields.put("phaseSeconds", phases);
        fields.put("seconds", seconds(job.time()));
        fields.put("tokensPerSecond", tokensPerSecond());
        fields.put("written", written);
        fields.put("checks", checks);
        return fields;
    }

    /** For people. */
    public String text() {
        Table table = new Table("", "");
        subject.describe(table);
        table.row(
                "partitions",
                "%s of %s tokens, %s computed in this run"
                        .formatted(job.partitions(), tokensPerPartition, job.computed()));
        for (Phase phase : Phase.values()) {
            Duration time = job.times().get(phase);
            if (time != null) {
                table.row(Words.optionName(phase), Numbers.millis(time.toNanos() / 1e6));
            }
        }
        if (job.computed() > 0) {
            table.row("tokens/s", Numbers.metric(tokensPerSecond()));
            table.row("exchanged", Numbers.bytes(job.exchangedBytes()) + " of states");
        }
        for (Check check : checks) {
            table.row(check.what(), check.inWords());
        }
        for (String file : written) {
            table.row("written", Quoted.name(file));
        }
        return table.toString();
    }
}
