package io.github.lightning4j.serving;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * What the dispatcher does between two steps, in the order in which it came. Any thread may hand
 * something in; guarded by the lock of the queue.
 */
final class Tasks {
    private final QueueLock lock;
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private int promised;

    Tasks(QueueLock lock) {
        this.lock = lock;
    }

    void add(Runnable task) {
        lock.during(() -> {
            tasks.add(task);
            lock.signal();
        });
    }

    /** Another thread will {@link #fulfil} this, and the queue does not end before. */
    void promise() {
        lock.during(() -> {
            promised++;
        });
    }

    /** Hands in a task that was promised. */
    void fulfil(Runnable task) {
        lock.during(() -> {
            promised--;
            add(task);
        });
    }

    /** Whether another thread will hand something in. */
    boolean hasPromises() {
        return lock.during(() -> promised > 0);
    }

    boolean isEmpty() {
        return lock.during(tasks::isEmpty);
    }

    /** The next task; null: there is none. */
    @Nullable Runnable poll() {
        return lock.<@Nullable Runnable>during(tasks::poll);
    }

    /** Takes all that are left. */
    List<Runnable> drain() {
        return lock.during(() -> {
            List<Runnable> all = List.copyOf(tasks);
            tasks.clear();
            return all;
        });
    }
}
