package io.github.lightning4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What Ctrl-C at a terminal does to a process. */
final class ControlC {
    /** The name of {@link #isHeard()} for conditions of tests. */
    static final String IS_HEARD = "io.github.lightning4j.cli.ControlC#isHeard";

    private static final String IGNORED = "SigIgn:";
    private static final long SIGINT = 1 << 1;

    private ControlC() {}

    /**
     * Whether processes started here hear it. What a script starts in the background has the signal
     * ignored, all its children too, and Java leaves that as it is.
     */
    static boolean isHeard() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return true;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith(IGNORED))
                .map(line -> Long.parseUnsignedLong(line.substring(IGNORED.length()).strip(), 16))
                .noneMatch(mask -> (mask & SIGINT) != 0);
    }

    /** Sends the signal. */
    static void send(long pid) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-INT", Long.toString(pid)).start().waitFor();
    }
}
