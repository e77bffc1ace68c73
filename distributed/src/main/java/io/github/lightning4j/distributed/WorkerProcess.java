package io.github.lightning4j.distributed;

import io.github.lightning4j.io.Quoted;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/** A worker as the process that runs the job sees it. One thread gives it tasks; any may end it. */
final class WorkerProcess {
    private static final int LAST_LINES = 20;
    private static final long GRACE_SECONDS = 5;

    private final Process process;
    private final BufferedReader answers;
    private final BufferedWriter tasks;
    private final Deque<String> errors = new ArrayDeque<>();
    private final Thread errorReader;

    /** A task that was not done. */
    static final class FailedException extends Exception {
        private static final long serialVersionUID = 1L;
        private final boolean ofFile;

        FailedException(boolean ofFile, String reason) {
            super(reason);
            this.ofFile = ofFile;
        }

        /** Whether a file was the reason, and not the device or the process. */
        boolean isOfFile() {
            return ofFile;
        }
    }

    WorkerProcess(Process process) {
        this.process = process;
        answers = process.inputReader(StandardCharsets.UTF_8);
        tasks = process.outputWriter(StandardCharsets.UTF_8);
        errorReader = Thread.ofVirtual().start(this::readErrors);
    }

    private void readErrors() {
        try (BufferedReader lines = process.errorReader(StandardCharsets.UTF_8)) {
            lines.lines()
                    .filter(line -> !line.isBlank())
                    .forEach(line -> {
                        synchronized (errors) {
                            errors.add(line);
                            if (errors.size() > LAST_LINES) {
                                errors.remove();
                            }
                        }
                    });
        } catch (IOException | UncheckedIOException e) {
            // It was ended while it wrote.
        }
    }

    /**
     * Waits until the device is open.
     *
     * @throws FailedException if it cannot be opened
     */
    void await() throws FailedException, InterruptedException {
        String _ = expect(Worker.READY);
    }

    /**
     * Has a task done.
     *
     * @return what it was and how long it took
     * @throws FailedException if it was not, or the process has ended; it is of no use any more
     */
    Task.Done run(Task task) throws FailedException, InterruptedException {
        try {
            tasks.write(task + "\n");
            tasks.flush();
        } catch (IOException e) {
            throw lastWord(); // nobody reads any more
        }
        // Only one task is there at a time, so that the answer is of this one.
        return Task.Done.parse(expect(Worker.DONE));
    }

    /** Waits for an answer, and returns what follows. */
    private String expect(String wanted) throws FailedException, InterruptedException {
        try {
            while (true) {
                String line = answers.readLine();
                if (line == null) {
                    throw lastWord();
                }
                if (line.startsWith(wanted)) {
                    return line.substring(wanted.length());
                }
                if (line.startsWith(Worker.FAILED)) {
                    String[] words = line.substring(Worker.FAILED.length()).split(" ", 2);
                    throw new FailedException(words[0].equals("file"), words[words.length - 1]);
                }
            }
        } catch (IOException e) {
            throw lastWord();
        }
    }

    private FailedException lastWord() throws InterruptedException {
        if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
            return new FailedException(false, "the worker closed its output and goes on");
        }
        errorReader.join();
        String word;
        synchronized (errors) {
            word = errors.isEmpty() ? "" : ": " + Quoted.line(errors.getLast());
        }
        return new FailedException(
                false, "the worker ended with code " + process.exitValue() + word);
    }

    /** Asks it to end. */
    void stop() {
        process.destroy();
    }

    /** Ends it, by force if it does not end by itself. */
    void end() {
        process.destroy();
        boolean ended = false;
        try {
            ended = process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!ended) {
            process.destroyForcibly();
        }
    }
}
