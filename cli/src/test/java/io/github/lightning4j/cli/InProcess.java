package io.github.lightning4j.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** The command in this process, where nothing of a process of its own is tested. */
public final class InProcess {
    private InProcess() {}

    /** What a command left. */
    public record Outcome(int exit, String out, String err) {
        /** Standard error without the end of its last line. */
        String words() {
            return err.strip();
        }
    }

    /** Runs a command. One at a time: the streams are the process's. */
    public static synchronized Outcome run(String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream realOut = System.out;
        PrintStream realErr = System.err;
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        try {
            int exit = LightningCommand.execute(args);
            return new Outcome(
                    exit,
                    out.toString(StandardCharsets.UTF_8),
                    err.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(realOut);
            System.setErr(realErr);
        }
    }
}
