package io.github.lightning4j.cli.measure;

import io.github.lightning4j.cli.checks.Check;
import io.github.lightning4j.distributed.JobReport;
import io.github.lightning4j.distributed.Phase;
import io.github.lightning4j.io.Quoted;
import io.github.lightning4j.results.text.Numbers;
import io.github.lightning4j.results.text.Table;
import io.github.lightning4j.results.text.Words;

import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

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
    /** The phases in which devices compute. */
    private static final Set<Phase> COMPUTED =
            EnumSet.of(Phase.STATES, Phase.GRADIENTS, Phase.PARTS);

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
        fields.put("phaseSeconds", seconds(job.times()));
        fields.put("kernelSeconds", seconds(job.kernelTimes()));
        fields.put("seconds", seconds(job.time()));
        fields.put("tokensPerSecond", tokensPerSecond());
        fields.put("written", written);
        fields.put("checks", checks);
        return fields;
    }

    /** Seconds by phase, without those that are unknown. */
    private static Map<String, Object> seconds(Map<Phase, Duration> times) {
        Map<String, Object> seconds = new LinkedHashMap<>();
        for (Phase phase : Phase.values()) {
            Duration time = times.get(phase);
            if (time != null) {
                seconds.put(Words.optionName(phase), seconds(time));
            }
        }
        return seconds;
    }

    private static String millis(Duration time) {
        return Numbers.millis(time.toNanos() / 1e6);
    }

    /** What kernels took in a phase, in words where that is unknown. */
    private String kernels(Phase phase) {
        Duration time = job.kernelTimes().get(phase);
        return time == null
                ? "unknown, because the device has no clock of its own"
                : millis(time) + ", of all devices together";
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
                table.row(Words.optionName(phase), millis(time));
                if (COMPUTED.contains(phase)) {
                    table.row("  in kernels", kernels(phase));
                }
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
