package io.github.lightning4j.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The real command in a process of its own: {@code bin/lightning} of the distribution. */
final class LightningProcess {
    /** The variable of the launcher with more options for Java. */
    static final String OPTIONS = "LIGHTNING_JAVA_OPTS";

    /** What all processes have of it. */
    static final String HEAP = "-Xmx512m";

    private static final String C1 = HEAP + " -XX:TieredStopAtLevel=1";

    private LightningProcess() {}

    /** What a process left. */
    record Outcome(int exit, String out, String err) {
        /** Standard error without what the JVM itself says. */
        String words() {
            return err.lines()
                    .filter(line -> !line.startsWith("WARNING: Using incubator modules"))
                    .reduce("", (a, b) -> a.isEmpty() ? b : a + "\n" + b);
        }
    }

    /** The launcher of the unpacked distribution. */
    static Path launcher() {
        return launcher("lightning");
    }

    /** A script of the unpacked distribution. */
    static Path launcher(String name) {
        return Path.of(System.getProperty("lightning.dist"), "bin", name);
    }

    /** Starts the command. */
    static ProcessBuilder builder(String... args) {
        List<String> command = new ArrayList<>();
        command.add(launcher().toString());
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command);
        // The JVM of this test is the Java 25 that the build found.
        builder.environment().put("LIGHTNING_JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put(OPTIONS, HEAP);
        // Empty: as if there were no SDK.
        builder.environment().put("TORNADOVM_HOME", "");
        return builder;
    }

    /**
     * Starts the command with the installed TornadoVM SDK, compiled by C1 alone: C2 would be busy
     * with TornadoVM for longer than a small case takes.
     */
    static ProcessBuilder withSdk(String... args) {
        ProcessBuilder builder = builder(args);
        builder.environment().put(OPTIONS, C1);
        builder.environment().put("TORNADOVM_HOME", System.getProperty("lightning.tornado.sdk"));
        return builder;
    }

    /**
     * Runs what computes next to nothing, compiled by C1 alone: C2 takes seconds for kernels that
     * are called a few times. Not {@code bench}, which measures ceilings with C2's vectors.
     */
    static Outcome small(String... args) throws IOException, InterruptedException {
        ProcessBuilder builder = builder(args);
        builder.environment().put(OPTIONS, C1);
        return run(builder);
    }

    /** Runs the command in this JVM, which is enough for what it says and its exit code. */
    static Outcome inThisJvm(String... args) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream results = new ByteArrayOutputStream();
        ByteArrayOutputStream words = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(results, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(words, true, StandardCharsets.UTF_8));
            int exit = LightningCommand.execute(args);
            return new Outcome(
                    exit,
                    results.toString(StandardCharsets.UTF_8),
                    words.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    /** Runs the command to its end. */
    static Outcome run(String... args) throws IOException, InterruptedException {
        return run(builder(args));
    }

    /** Runs a process to its end. */
    static Outcome run(ProcessBuilder builder) throws IOException, InterruptedException {
        Path out = Files.createTempFile("lightning", ".out");
        Path err = Files.createTempFile("lightning", ".err");
        try {
            Process process =
                    builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
            process.getOutputStream().close();
            int exit = Waiting.untilEnded(process);
            return new Outcome(exit, Files.readString(out), Files.readString(err));
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    /** Runs a shell line in which {@code $L} is the launcher. */
    static Outcome shell(String line) throws IOException, InterruptedException {
        return shell(builder(), line);
    }

    /** The same in the environment of another process. */
    static Outcome shell(ProcessBuilder builder, String line)
            throws IOException, InterruptedException {
        builder.command("sh", "-c", line);
        builder.environment().put("L", launcher().toString());
        return run(builder);
    }

    /** Turns a process of the launcher into one of another script of the distribution. */
    static ProcessBuilder script(String name, ProcessBuilder builder) {
        builder.command().set(0, launcher(name).toString());
        return builder;
    }
}
