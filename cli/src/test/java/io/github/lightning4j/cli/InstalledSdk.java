package io.github.lightning4j.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lightning4j.cli.InProcess.Outcome;

import java.util.List;

/** The command with the installed TornadoVM SDK. */
final class InstalledSdk {
    private static List<String> backends = List.of();

    private InstalledSdk() {}

    /** Runs the command to its end. */
    static Outcome run(String... args) throws Exception {
        return LightningProcess.run(LightningProcess.withSdk(args));
    }

    /** The command where a variable is set. */
    static ProcessBuilder with(String variable, String value, String... args) {
        ProcessBuilder builder = LightningProcess.withSdk(args);
        builder.environment().put(variable, value);
        return builder;
    }

    /** The backends of it that can start. */
    static synchronized List<String> backends() throws Exception {
        if (backends.isEmpty()) {
            ProcessBuilder sdk = LightningProcess.withSdk("backends");
            Outcome outcome = LightningProcess.run(LightningProcess.script("tornado-sdk", sdk));
            backends = outcome.out().lines().toList();
        }
        return backends;
    }

    /** The one that the command starts if it may choose; without any, the test is skipped. */
    static String firstBackend() throws Exception {
        List<String> backends = backends();
        assumeTrue(!backends.isEmpty(), "a backend of the SDK can start");
        return backends.getFirst();
    }
}
