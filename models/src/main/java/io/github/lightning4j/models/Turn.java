package io.github.lightning4j.models;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/** Lets one thread in; another one is refused. */
final class Turn {
    private final AtomicBoolean taken = new AtomicBoolean();

    /** A call that reads or writes a file. */
    interface FileCall<T> {
        T run() throws IOException;
    }

    <T> T take(Supplier<T> call) {
        enter();
        try {
            return call.get();
        } finally {
            taken.set(false);
        }
    }

    <T> T takeForFile(FileCall<T> call) throws IOException {
        enter();
        try {
            return call.run();
        } finally {
            taken.set(false);
        }
    }

    private void enter() {
        if (!taken.compareAndSet(false, true)) {
            throw new IllegalStateException("another thread uses these conversations");
        }
    }
}
