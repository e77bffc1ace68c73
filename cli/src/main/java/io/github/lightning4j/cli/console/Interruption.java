package io.github.lightning4j.cli.console;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Delays the end of the JVM until the current work has come to an orderly end: after Ctrl-C {@link
 * #isRequested()} is true, and the JVM waits for {@link #close()}, though not indefinitely.
 */
public final class Interruption implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 10;

    private final CountDownLatch done = new CountDownLatch(1);
    private final Thread hook = Thread.ofPlatform().unstarted(this::request);
    private volatile boolean requested;

    private Interruption() {}

    /** Listens from now on. */
    public static Interruption listen() {
        Interruption interruption = new Interruption();
        Runtime.getRuntime().addShutdownHook(interruption.hook);
        return interruption;
    }

    /** Whether the work should end. */
    public boolean isRequested() {
        return requested;
    }

    private void request() {
        requested = true;
        try {
            boolean _ = done.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            // Only the JVM waits for this thread.
            Thread.currentThread().interrupt();
        }
    }

    /** Lets the JVM end. */
    @Override
    public void close() {
        done.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // It is ending, and the hook with it.
        }
    }
}
