package io.github.lightning4j.cli.checks;

import io.github.lightning4j.reference.Gate;
import io.github.lightning4j.reference.RelativeError;
import io.github.lightning4j.results.text.Numbers;

/**
 * One measured error against its gate.
 *
 * @param what what was compared: output, final_state
 * @param against what it was compared with: the float64 reference, or an answer in the input
 * @param sample how much of it was compared, in words
 * @param error relative L2 error
 * @param gate the largest error that passes
 * @param passed error ≤ gate; never for NaN
 */
public record Check(
        String what, String against, String sample, double error, double gate, boolean passed) {
    /** Compares an error against the definition with a gate. */
    public static Check of(String what, String sample, RelativeError error, double gate) {
        return of(what, "float64 reference", sample, error.value(), gate);
    }

    /** Compares an error with a gate. */
    public static Check of(String what, String against, String sample, double error, double gate) {
        return new Check(what, against, sample, error, gate, Gate.passes(error, gate));
    }

    /** The comparison in words. */
    public String inWords() {
        return "%s %s (gate %s, %s, %s)"
                .formatted(
                        passed ? "ok" : "FAILED",
                        Numbers.error(error),
                        Numbers.error(gate),
                        against,
                        sample);
    }
}
