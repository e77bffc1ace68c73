package io.github.lightning4j.benchmarks;

import java.util.Locale;

/** Comparisons that end a benchmark whose result is wrong. */
final class Expected {
    private Expected() {}

    /** Requires error ≤ gate, which NaN never is. */
    static void within(String what, double error, double gate) {
        if (!(error <= gate)) {
            throw new IllegalStateException(
                    String.format(
                            Locale.ROOT,
                            "%s has a relative error of %.2e; it must be at most %.2e",
                            what,
                            error,
                            gate));
        }
    }

    /** Requires equality. */
    static void same(String what, double actual, double expected) {
        if (actual != expected) {
            throw new IllegalStateException(
                    String.format(Locale.ROOT, "%s is %s; it must be %s", what, actual, expected));
        }
    }
}
