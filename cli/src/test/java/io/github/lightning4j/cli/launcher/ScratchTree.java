package io.github.lightning4j.cli.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.cli.Waiting;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A small source tree with the project's own scripts, in which Maven and the JDK are scripts too:
 * one writes a distribution, the other prints what it was started with.
 */
final class ScratchTree {
    static final Path SCRIPTS = Path.of("..", "scripts").toAbsolutePath().normalize();

    private static final FileTime OLD = FileTime.from(Instant.parse("2020-01-01T00:00:00Z"));
    private static final FileTime LATER = FileTime.from(Instant.parse("2021-01-01T00:00:00Z"));

    /** What the Maven of these trees does, where a test asks for nothing else. */
    static final String PACKAGES =
            """
            lib=cli/target/lightning4j-1/lightning4j-1/lib
            mkdir -p "$lib" api/target
            echo api >api/target/lightning4j-api-1.jar
            cp api/target/lightning4j-api-1.jar "$lib"
            echo cli >"$lib/lightning4j-cli-1.jar"
            """;

    final Path root;
    final Path jdk;
    private final Path home;

    /** What a process left. */
    record Outcome(int exit, String out, String err) {}

    /** A process that may still run, with files for what it says. */
    record Running(Process process, Path out, Path err) {
        Outcome end() throws IOException, InterruptedException {
            int exit = Waiting.untilEnded(process);
            return new Outcome(exit, Files.readString(out), Files.readString(err));
        }

        /** Waits until it has said something to standard error. */
        void awaitWords(String words) throws IOException, InterruptedException {
            Waiting.untilSaid(words, err, process);
        }
    }

    ScratchTree(Path folder) throws IOException {
        root = Files.createDirectories(folder.resolve("tree"));
        home = Files.createDirectories(folder.resolve("home"));
        jdk = jdk(folder.resolve("jdk-25"), "25.0.1");
        write("pom.xml", "");
        write("api/pom.xml", "");
        write("api/src/main/java/one/Kept.java", "");
        write("api/src/main/java/one/Deleted.java", "");
        write("api/src/main/resources/words.txt", "");
        copyScripts(root.resolve("scripts"));
        maven(PACKAGES);
        setTimes(OLD);
    }

    private static void copyScripts(Path target) throws IOException {
        Files.createDirectories(target);
        try (Stream<Path> scripts = Files.list(SCRIPTS)) {
            for (Path script : scripts.toList()) {
                Files.copy(
                        script,
                        target.resolve(script.getFileName()),
                        StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    /** Makes a JDK whose java prints its arguments and some of its environment. */
    Path jdk(Path folder, String version) throws IOException {
        Files.createDirectories(folder.resolve("bin"));
        Files.writeString(folder.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
        // What holds the lock is a program for a real one.
        executable(
                folder.resolve("bin/java"),
                """
                case $* in *HoldLock.java*) exec '%s/bin/java' "$@" ;; esac
                printf '%%s\\n' "java of $0" "LC_ALL=${LC_ALL:-}" "$@"
                """
                        .formatted(System.getProperty("java.home")));
        executable(folder.resolve("bin/javac"), "");
        return folder;
    }

    /** Replaces Maven, which notes each start in {@code builds} before it runs some shell lines. */
    void maven(String lines) throws IOException {
        executable(root.resolve("mvnw"), "echo \"$JAVA_HOME\" >>builds\n" + lines);
    }

    /** The homes of the JDKs that Maven was started with, the first build first. */
    List<String> builds() throws IOException {
        Path file = root.resolve("builds");
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }

    /** Runs Maven as someone by hand does, some time after the sources were written. */
    void buildByHand() throws IOException, InterruptedException {
        Process maven = new ProcessBuilder("./mvnw").directory(root.toFile()).inheritIO().start();
        assertEquals(0, maven.waitFor());
        setTimes(OLD);
        Files.setLastModifiedTime(lib(), LATER);
        Files.delete(root.resolve("builds"));
    }

    Path lib() {
        return root.resolve("cli/target/lightning4j-1/lightning4j-1/lib");
    }

    /** Writes a file of the tree, with a time of now. */
    Path write(String name, String text) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private void setTimes(FileTime time) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            for (Path each : all.filter(file -> !Files.isSymbolicLink(file)).toList()) {
                Files.setLastModifiedTime(each, time);
            }
        }
    }

    static Path executable(Path file, String lines) throws IOException {
        Files.deleteIfExists(file);
        Files.writeString(file, "#!/bin/sh\n" + lines);
        assertTrue(file.toFile().setExecutable(true));
        return file;
    }

    /** A builder of a process that knows no Java but what the environment names. */
    ProcessBuilder builder(Map<String, String> environment, String... command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        for (String name :
                List.of("JAVA_HOME", "LIGHTNING_JAVA_OPTS", "LIGHTNING_TORNADO_BACKEND")) {
            builder.environment().remove(name);
        }
        builder.environment().put("HOME", home.toString());
        builder.environment().put("TORNADOVM_HOME", "");
        builder.environment().put("LIGHTNING_JAVA_HOME", jdk.toString());
        environment.forEach((name, value) -> {
            if (value.equals("-")) {
                builder.environment().remove(name);
            } else {
                builder.environment().put(name, value);
            }
        });
        return builder;
    }

    /** Starts the launcher. */
    Running start(Map<String, String> environment, String... args) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(root.resolve("scripts/lightning").toString());
        command.addAll(List.of(args));
        return start(builder(environment, command.toArray(String[]::new)));
    }

    static Running start(ProcessBuilder builder) throws IOException {
        Path out = Files.createTempFile("launcher", ".out");
        Path err = Files.createTempFile("launcher", ".err");
        out.toFile().deleteOnExit();
        err.toFile().deleteOnExit();
        Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        process.getOutputStream().close();
        return new Running(process, out, err);
    }

    /** Runs the launcher to its end. */
    Outcome run(String... args) throws IOException, InterruptedException {
        return start(Map.of(), args).end();
    }

    /** Runs the launcher, which must start Java without having built. */
    void assertRunsAtOnce(Map<String, String> environment)
            throws IOException, InterruptedException {
        Outcome outcome = start(environment, "--version").end();
        assertEquals("", outcome.err());
        assertEquals(0, outcome.exit());
        assertTrue(outcome.out().endsWith("LightningCommand\n--version\n"), outcome.out());
        assertEquals(List.of(), builds());
    }

    /** Whether there is such a file. */
    boolean has(String name) {
        return Files.exists(root.resolve(name), LinkOption.NOFOLLOW_LINKS);
    }
}
