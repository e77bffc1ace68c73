package io.github.lightning4j.serving;

import java.util.ArrayList;
import java.util.List;

/**
 * Futures that are to be completed, which runs code of others and so must wait until no lock is
 * held. Thread-safe.
 */
final class Completions {
    private final List<Runnable> list = new ArrayList<>();

    synchronized void add(Runnable completion) {
        list.add(completion);
    }

    synchronized boolean isEmpty() {
        return list.isEmpty();
    }

    private synchronized List<Runnable> take() {
        List<Runnable> taken = List.copyOf(list);
        list.clear();
        return taken;
    }

    /** Completes all, in the order in which they were added. */
    void run() {
        while (!isEmpty()) {
            take().forEach(Runnable::run);
        }
    }
}
