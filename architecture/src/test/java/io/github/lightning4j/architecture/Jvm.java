package io.github.lightning4j.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** JVMs of their own, as applications have them. */
final class Jvm {
    /** Ends a hang; nothing waits for it. */
    private static final long MINUTES = 5;

    private Jvm() {}

    /**
     * What a JVM left behind.
     *
     * @param code its exit code
     * @param text what it printed, errors included
     */
    record Result(int code, String text) {}

    /** The folder of the JDK or JRE that runs this. */
    static Path home() {
        return Path.of(System.getProperty("java.home"));
    }

    /** Runs {@code java}, which must end well, and gives what it printed. */
    static String succeed(Path home, String... arguments) throws IOException, InterruptedException {
        Result result = run(home, arguments);
        assertEquals(0, result.code(), result.text());
        return result.text();
    }

    /** Runs the {@code java} of a JDK, a JRE or an image to its end. */
    static Result run(Path home, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(home.resolve("bin/java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-Xshare:auto"));
        command.addAll(List.of(arguments));
        Path output = Files.createTempFile("jvm", ".txt");
        try {
            Process process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile())
                            .start();
            if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
                process.destroyForcibly().waitFor();
                fail(command + " runs forever:\n" + Files.readString(output));
            }
            return new Result(process.exitValue(), Files.readString(output));
        } finally {
            Files.delete(output);
        }
    }
}
