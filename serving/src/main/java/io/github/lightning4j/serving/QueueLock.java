package io.github.lightning4j.serving;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * The lock of a queue, and what its dispatcher waits for. It is held for moments: neither the
 * device nor a file is used meanwhile, and no code of others runs. Thread-safe.
 */
final class QueueLock {
    /** Nobody waits for less, in nanoseconds, which would be to look all the time. */
    private static final long LEAST = 1_000_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();

    /** Whether anything came since the dispatcher looked for work. */
    private boolean news;

    void during(Runnable what) {
        lock.lock();
        try {
            what.run();
        } finally {
            lock.unlock();
        }
    }

    <T extends @Nullable Object> T during(Supplier<T> what) {
        lock.lock();
        try {
            return what.get();
        } finally {
            lock.unlock();
        }
    }

    /** Wakes the dispatcher. The lock is held. */
    void signal() {
        news = true;
        work.signal();
    }

    /** Whether there was a signal since {@link #look}. The lock is held. */
    boolean hasNews() {
        return news;
    }

    /** The dispatcher looks for work. The lock is held. */
    void look() {
        news = false;
    }

    /**
     * Waits for a signal, or until so many nanoseconds have passed. The lock is held, and given
     * back meanwhile.
     *
     * @param nanos or {@link Call#NEVER}
     */
    @SuppressWarnings("WaitNotInLoop") // who calls it looks again
    void await(long nanos) throws InterruptedException {
        if (nanos == Call.NEVER) {
            work.await();
        } else {
            work.awaitNanos(Math.max(nanos, LEAST));
        }
    }

    void lock() {
        lock.lock();
    }

    void unlock() {
        lock.unlock();
    }
}
