package io.github.lightning4j.cpu.threads;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Scratch that is lent to one user at a time and used again, so that a call allocates none once the
 * first few have run. Thread-safe; holds as many as were ever lent at once.
 *
 * @param <T> what is lent
 */
public final class ScratchPool<T> {
    private final Deque<T> idle = new ArrayDeque<>();
    private final Supplier<T> make;

    public ScratchPool(Supplier<T> make) {
        this.make = make;
    }

    /** Lends scratch until it is given back. */
    T lend() {
        synchronized (idle) {
            T scratch = idle.poll();
            if (scratch != null) {
                return scratch;
            }
        }
        return make.get();
    }

    /** Takes back what was lent. */
    void giveBack(T scratch) {
        synchronized (idle) {
            idle.push(scratch);
        }
    }

    /** Lends scratch for the time of {@code use}. */
    public void with(Consumer<T> use) {
        T scratch = lend();
        try {
            use.accept(scratch);
        } finally {
            giveBack(scratch);
        }
    }
}
