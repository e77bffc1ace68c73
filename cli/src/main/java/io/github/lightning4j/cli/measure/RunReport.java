package io.github.lightning4j.cli.measure;

import io.github.lightning4j.cli.checks.Check;
import io.github.lightning4j.cli.text.Figures;
import io.github.lightning4j.cli.text.Table;

import java.util.List;
import java.util.Locale;

/**
 * What {@code lightning run} measured; {@code --json} prints it under these names.
 *
 * @param algorithm which attention
 * @param device id of the device
 * @param hardware the device in words
 * @param batch B
 * @param heads H
 * @param tokens N, the extent of the token axis
 * @param keyDim D
 * @param valueDim E
 * @param sequences R
 * @param dtype of q, k, v and o
 * @param layout of q, k, v and o
 * @param decay where the slopes come from
 * @param featureMap φ
 * @param scale c
 * @param repetitions how often it was timed, after a warm-up
 * @param medianMillis median time of a call
 * @param minMillis shortest time of a call
 * @param tokensPerSecond B · N over the median
 * @param backwardMillis median time of a backward pass, 0 without one
 * @param output the file that was written, or empty
 * @param checks measured errors
 */
public record RunReport(
        String algorithm,
        String device,
        String hardware,
        long batch,
        int heads,
        long tokens,
        int keyDim,
        int valueDim,
        int sequences,
        String dtype,
        String layout,
        String decay,
        String featureMap,
        double scale,
        int repetitions,
        double medianMillis,
        double minMillis,
        double tokensPerSecond,
        double backwardMillis,
        String output,
        List<Check> checks) {

    /** Whether every check passed. */
    public boolean passed() {
        return checks.stream().allMatch(Check::passed);
    }

    /** For people. */
    public String text() {
        Table table = new Table("", "");
        table.row("device", device + ", " + hardware);
        table.row(
                "shape",
                String.format(
                        Locale.ROOT,
                        "B %d, H %d, N %d, D %d, E %d%s",
                        batch,
                        heads,
                        tokens,
                        keyDim,
                        valueDim,
                        sequences == batch ? "" : ", " + sequences + " packed sequences"));
        table.row(
                "model",
                String.format(
                        Locale.ROOT,
                        "%s, %s, %s, %s, %s, scale %s",
                        algorithm,
                        dtype,
                        layout,
                        decay,
                        featureMap,
                        scale));
        table.row(
                "time",
                String.format(
                        Locale.ROOT,
                        "%s median, %s best of %d",
                        Figures.millis(medianMillis),
                        Figures.millis(minMillis),
                        repetitions));
        table.row("tokens/s", Figures.metric(tokensPerSecond));
        if (backwardMillis > 0) {
            table.row("backward", Figures.millis(backwardMillis) + " median");
        }
        for (Check check : checks) {
            table.row(check.what(), check.inWords());
        }
        if (!output.isEmpty()) {
            table.row("written", output);
        }
        return table.toString();
    }
}
