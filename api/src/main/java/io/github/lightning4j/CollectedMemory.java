package io.github.lightning4j;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Off-heap memory that the garbage collector frees.
 *
 * <p>The JVM bounds it, and where the bound is reached it collects garbage and waits half a second
 * before it gives up. That is too soon where several threads wait for the same garbage, or for each
 * other's calls to end; so those who found nothing queue here, the first of them trying again for a
 * few seconds, and nobody takes memory past them.
 */
final class CollectedMemory {
    /** Attempts; each takes the JVM half a second. */
    private static final int ATTEMPTS = 10;

    /** Bytes whose zeroing takes some milliseconds: longer than to start a thread. */
    private static final long LONG = 8 << 20;

    private static final Pattern LIMIT = Pattern.compile("limit: ([0-9]{1,18})\\)");

    /** Held by whoever is trying again; first come, first served. */
    private static final ReentrantLock QUEUE = new ReentrantLock(true);

    private CollectedMemory() {}

    /**
     * Allocates zeros.
     *
     * @throws OutOfMemoryError if there is no memory, even after waiting
     */
    static MemorySegment allocate(long bytes, long alignment) {
        if (!isAnybodyWaiting()) {
            try {
                return Arena.ofAuto().allocate(bytes, alignment);
            } catch (OutOfMemoryError e) {
                if (!isWorthWaiting(e, bytes)) {
                    throw e;
                }
            }
        }
        QUEUE.lock();
        try {
            for (int attempt = 1; ; attempt++) {
                try {
                    return Arena.ofAuto().allocate(bytes, alignment);
                } catch (OutOfMemoryError e) {
                    if (attempt == ATTEMPTS
                            || !isWorthWaiting(e, bytes)
                            || Thread.currentThread().isInterrupted()) {
                        throw e;
                    }
                }
            }
        } finally {
            QUEUE.unlock();
        }
    }

    /**
     * Allocates zeros for what a call returns, so that the call can be interrupted meanwhile.
     *
     * @throws AttentionInterruptedException if the thread is interrupted
     * @throws OutOfMemoryError if there is no memory, also after waiting
     */
    static MemorySegment allocateForCall(long bytes, long alignment) {
        AttentionInterruptedException.check();
        return bytes < LONG && !isAnybodyWaiting()
                ? allocate(bytes, alignment)
                : awaitInterruptibly(() -> allocate(bytes, alignment));
    }

    /**
     * Waits for memory that another thread allocates: the JVM zeroes a gigabyte in one go, which
     * takes a good part of a second and heeds no interrupt. What an interrupted call does not take
     * any more is garbage.
     */
    static <T> T awaitInterruptibly(Callable<T> allocation) {
        FutureTask<T> task = new FutureTask<>(allocation);
        Thread.ofPlatform().daemon().name("lightning4j-memory").start(task);
        try {
            return task.get();
        } catch (InterruptedException e) {
            task.cancel(true);
            Thread.currentThread().interrupt();
            throw new AttentionInterruptedException(
                    "the thread was interrupted while memory was allocated; nothing was computed",
                    true);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case Error error -> throw error;
                case RuntimeException exception -> throw exception;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }

    /** Whether a call found nothing and is trying again. */
    static boolean isAnybodyWaiting() {
        return QUEUE.isLocked();
    }

    /** Whether waiting can help: the limit was reached, and it is not below what is wanted. */
    private static boolean isWorthWaiting(OutOfMemoryError e, long bytes) {
        if (!InsufficientMemoryException.isLimit(e)) {
            return false;
        }
        Matcher limit = LIMIT.matcher(String.valueOf(e.getMessage()));
        return !limit.find() || bytes <= Long.parseLong(limit.group(1));
    }
}
