package io.github.lightning4j.tornado;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A JVM with the flags of the installed SDK, as scripts/tornado-sdk gives them to scripts/lightning
 * too.
 */
final class SdkProcess {
    private static final Path SCRIPT = Path.of("..", "scripts", "tornado-sdk").toAbsolutePath();
    private static final long MINUTES = 30;

    /** A folder on the class path of each process, for classes compiled by tests. */
    static final Path CLASSES = Path.of("target", "sdk-test-classes").toAbsolutePath();

    private SdkProcess() {}

    /** What a process printed and how it ended. */
    record Result(int exit, String output) {}

    /** Backends of the SDK that can start here. */
    static List<String> backends() {
        return sdk("backends");
    }

    /**
     * Runs a class.
     *
     * @param backend the backend of the process
     * @param options more options for Java
     * @param main the class
     * @param arguments its arguments
     */
    static Result run(String backend, List<String> options, Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(sdk("flags", backend));
        command.addAll(options);
        String classPath = System.getProperty("java.class.path");
        String tests = System.getProperty("surefire.test.class.path", classPath);
        command.addAll(List.of("-cp", CLASSES + ":" + tests));
        command.add(main.getName());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        prepend(builder, "LD_LIBRARY_PATH", sdk("libraries", backend));
        prepend(builder, "LD_PRELOAD", sdk("preload", backend, System.getProperty("java.home")));
        return run(builder);
    }

    private static void prepend(ProcessBuilder builder, String variable, List<String> files) {
        if (!files.isEmpty()) {
            builder.environment()
                    .merge(variable, String.join(":", files), (old, mine) -> mine + ":" + old);
        }
    }

    private static List<String> sdk(String... arguments) {
        List<String> command = new ArrayList<>(List.of(SCRIPT.toString()));
        command.addAll(List.of(arguments));
        Result result = run(new ProcessBuilder(command));
        if (result.exit() != 0) {
            throw new AssertionError(command + ": " + result.output());
        }
        return result.output().lines().filter(line -> !line.isBlank()).toList();
    }

    private static Result run(ProcessBuilder builder) {
        String sdk = System.getProperty("lightning.tornado.sdk", "");
        builder.environment().put("TORNADOVM_HOME", sdk);
        try {
            Path log = Files.createTempFile("tornado", ".log");
            Process process =
                    builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
            try {
                if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
                    throw new AssertionError(
                            builder.command() + " takes too long: " + Files.readString(log));
                }
                return new Result(process.exitValue(), Files.readString(log));
            } finally {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
                Files.delete(log);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
