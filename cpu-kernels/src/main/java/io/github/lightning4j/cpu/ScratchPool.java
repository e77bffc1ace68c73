package io.github.lightning4j.cpu;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Scratch that is lent to one user at a time and used again, so that a call allocates nothing once
 * the first few have run. Thread-safe; holds as many as were ever lent at once.
 *
 * @param <T> what is lent
 */
final class ScratchPool<T> {
    private final Queue<T> idle = new ConcurrentLinkedQueue<>();
    private final Supplier<T> make;

    ScratchPool(Supplier<T> make) {
        this.make = make;
    }

    /** Lends scratch for the time of {@code use}. */
    void with(Consumer<T> use) {
        T scratch = idle.poll();
        if (scratch == null) {
            scratch = make.get();
        }
        try {
            use.accept(scratch);
        } finally {
            idle.add(scratch);
        }
    }
}
