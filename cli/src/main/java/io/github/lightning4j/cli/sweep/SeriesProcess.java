package io.github.lightning4j.cli.sweep;

import io.github.lightning4j.cli.console.ExitCode;
import io.github.lightning4j.cli.console.OwnCommand;

import org.jspecify.annotations.Nullable;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/** A {@code lightning} command in a process of its own, line by line. Not thread-safe. */
final class SeriesProcess implements AutoCloseable {
    private static final long LOOK_MILLIS = 200;

    /** Less than the patience of an interruption. */
    private static final long GRACE_SECONDS = 6;

    private static final String END = "";

    /** What Java and an OpenCL compiler say of things that went well. */
    private static final Pattern NOISE = Pattern.compile("WARNING.*|\\d+ warnings? generated\\.");

    /** Codes of processes that SIGINT and SIGTERM ended, 128 and the signal's number. */
    private static final Set<Integer> INTERRUPTED = Set.of(130, 143);

    private final Process process;
    private final Path errors;
    private final LinkedBlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private boolean ended;

    private SeriesProcess(Process process, Path errors) {
        this.process = process;
        this.errors = errors;
        Thread.ofVirtual().start(this::read);
    }

    /**
     * Starts a command through the launcher that started this one, which knows how to start another
     * TornadoVM backend; where there was none, with this JVM's own options.
     *
     * @param environment what differs from this process's
     */
    static SeriesProcess start(List<String> arguments, Map<String, String> environment)
            throws IOException {
        Path errors = Files.createTempFile("lightning", ".err");
        ProcessBuilder builder = OwnCommand.builder(arguments).redirectError(errors.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        return new SeriesProcess(process, errors);
    }

    /**
     * Runs a command to its end.
     *
     * @param out the file for its output
     * @param err the file for its errors
     * @param stopped whether it shall end: by itself, as after a Ctrl-C of the terminal, which
     *     reaches it too, or it is ended
     * @return its exit code
     */
    static int run(List<String> arguments, Path out, Path err, BooleanSupplier stopped)
            throws IOException, InterruptedException {
        Process process =
                OwnCommand.builder(arguments)
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile())
                        .start();
        try {
            process.getOutputStream().close();
            while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                if (stopped.getAsBoolean() && !process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
                    end(process);
                }
            }
            return process.exitValue();
        } finally {
            end(process);
        }
    }

    private void read() {
        try (BufferedReader reader = process.inputReader()) {
            reader.lines().filter(line -> !line.isEmpty()).forEach(lines::add);
        } catch (UncheckedIOException | IOException e) {
            // It was ended while it wrote.
        }
        lines.add(END);
    }

    /**
     * The next line.
     *
     * @param patienceSeconds how long it may take
     * @param stopped asked again and again meanwhile
     * @return the line; null when there is none any more, or none in time, or it was stopped
     */
    @Nullable String next(double patienceSeconds, BooleanSupplier stopped)
            throws InterruptedException {
        long begin = System.nanoTime();
        while (!stopped.getAsBoolean() && System.nanoTime() - begin < patienceSeconds * 1e9) {
            String line = lines.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            if (line != null) {
                ended = line.equals(END);
                return ended ? null : line;
            }
        }
        return null;
    }

    /** Whether {@link #next} found that there is no further line; false too where it gave up. */
    boolean hasEnded() {
        return ended;
    }

    /** Whether it ended by Ctrl-C, or by a signal that asks for the end. */
    boolean wasInterrupted() throws InterruptedException {
        return process.waitFor(2, TimeUnit.SECONDS) && INTERRUPTED.contains(process.exitValue());
    }

    /** Why there was no further line: its last word, or that it had none. */
    String lastWord() throws IOException, InterruptedException {
        if (!process.waitFor(2, TimeUnit.SECONDS)) {
            return "it closed its output and goes on";
        }
        return lastWord(process.exitValue(), Files.readString(errors));
    }

    /**
     * The last word of a process. Native code may print after our own error, but after a crash
     * there is only its word, which need not tell that it was one.
     */
    static String lastWord(int code, String errors) {
        List<String> lines =
                errors.lines()
                        .map(String::strip)
                        .filter(line -> !line.isEmpty() && !NOISE.matcher(line).matches())
                        .toList();
        boolean ours = code > ExitCode.OK && code <= ExitCode.FILE;
        return lines.stream()
                .filter(line -> ours && line.startsWith("lightning:"))
                .reduce((a, b) -> b)
                .orElse(
                        lines.isEmpty()
                                ? "it ended without a word, code " + code
                                : "it ended with code %s: %s".formatted(code, lines.getLast()));
    }

    /** Ends it, if it has not ended by itself. */
    @Override
    public void close() throws IOException {
        end(process);
        Files.deleteIfExists(errors);
    }

    private static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
