package io.github.lightning4j.cli;

import io.github.lightning4j.cli.InProcess.Outcome;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;

/** The real command in a process of its own: {@code bin/lightning} of the distribution. */
final class LightningProcess {
    /** The variable of the launcher with more options for Java. */
    static final String OPTIONS = "LIGHTNING_JAVA_OPTS";

    /**
     * Compiled by C1 alone, because C2 takes seconds for kernels that are called a few times; and
     * with the classes of the command in an archive, and a heap of large pages where there are any,
     * because most processes here do little more than load them.
     */
    private static final String SMALL =
            "-Xmx512m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
                    + " -XX:+IgnoreUnrecognizedVMOptions -XX:+UseTransparentHugePages"
                    + " -Xlog:pagesize=off";

    private static final String ARCHIVED = SMALL + archive();

    private LightningProcess() {}

    /** The launcher of the unpacked distribution. */
    static Path launcher() {
        return launcher("lightning");
    }

    /** A script of the unpacked distribution. */
    static Path launcher(String name) {
        return Path.of(System.getProperty("lightning.dist"), "bin", name);
    }

    /**
     * Makes an archive of the classes that the command loads, beside the distribution; the JVMs
     * that test share it, and the first of them makes it.
     */
    private static String archive() {
        Path dist = Path.of(System.getProperty("lightning.dist"));
        Path file = dist.resolveSibling("classes.jsa");
        try (FileChannel channel =
                        FileChannel.open(
                                dist.resolveSibling("classes.lock"),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                FileLock alone = channel.lock()) {
            assert alone.isValid();
            if (!isOf(dist.resolve("lib"), file)) {
                ProcessBuilder builder = plain(SMALL + " -XX:ArchiveClassesAtExit=" + file);
                builder.command().addAll(List.of("run", "-q", "-N", "1", "-H", "1", "-D", "1"));
                run(builder);
            }
            // Silent about an archive that is not of the same options; it then does without.
            return " -XX:SharedArchiveFile=" + file + " -Xlog:disable";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether an archive is there that is newer than all jars of a folder. */
    private static boolean isOf(Path jars, Path archive) throws IOException {
        if (!Files.exists(archive)) {
            return false;
        }
        FileTime made = Files.getLastModifiedTime(archive);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(jars)) {
            for (Path jar : files) {
                if (Files.getLastModifiedTime(jar).compareTo(made) >= 0) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Starts what computes next to nothing. */
    static ProcessBuilder builder(String... args) {
        ProcessBuilder builder = plain(ARCHIVED);
        builder.command().addAll(List.of(args));
        return builder;
    }

    /** Starts what measures ceilings, for which there must be C2. */
    static ProcessBuilder measuring(String... args) {
        ProcessBuilder builder = plain("-Xmx512m");
        builder.command().addAll(List.of(args));
        return builder;
    }

    private static ProcessBuilder plain(String options) {
        List<String> command = new ArrayList<>();
        command.add(launcher().toString());
        ProcessBuilder builder = new ProcessBuilder(command);
        // The JVM of this test is the Java 25 that the build found.
        builder.environment().put("LIGHTNING_JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put(OPTIONS, options);
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
        builder.environment().put(OPTIONS, SMALL);
        builder.environment().put("TORNADOVM_HOME", System.getProperty("lightning.tornado.sdk"));
        return builder;
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
