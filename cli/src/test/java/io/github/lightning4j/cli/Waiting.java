package io.github.lightning4j.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Waits for events: never for a time, because nobody knows how long a busy machine takes. What
 * never happens ends after half an hour, which is far more than anything here takes anywhere.
 */
public final class Waiting {
    private static final long PATIENCE_SECONDS = 1800;
    private static final long LOOK_MILLIS = 20;

    private Waiting() {}

    /** Something that happens some day. */
    public interface Event {
        /** Whether it has. */
        boolean hasHappened() throws IOException;
    }

    /**
     * Waits for an event.
     *
     * @param what completes "waited in vain until"
     */
    public static void until(String what, Event event) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        while (!event.hasHappened()) {
            assertTrue(
                    System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS),
                    "waited in vain until " + what);
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
    }

    /** Waits until a process has written something to a file, and fails where it ends before. */
    public static void untilSaid(String words, Path file, Process process)
            throws IOException, InterruptedException {
        until(
                "it says '" + words + "'",
                () -> {
                    boolean alive = process.isAlive();
                    String said = Files.exists(file) ? Files.readString(file) : "";
                    assertTrue(alive || said.contains(words), "it ended and said " + said);
                    return said.contains(words);
                });
    }

    /**
     * Waits for the end of a process; one that has none is ended, with all that it started.
     *
     * @return its exit code
     */
    public static int untilEnded(Process process) throws InterruptedException {
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            throw new AssertionError("still running: " + process.info());
        }
        return process.exitValue();
    }
}
