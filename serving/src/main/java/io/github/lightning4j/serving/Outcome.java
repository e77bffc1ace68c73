package io.github.lightning4j.serving;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Waits for what another thread does, whatever interrupts come meanwhile, which are kept. */
final class Outcome {
    private Outcome() {}

    /** The result; what was thrown instead is thrown here, as it is. */
    static <T> T of(CompletableFuture<T> future) {
        try {
            return future.join(); // does not end for interrupts, and keeps them
        } catch (CompletionException e) {
            throw unchecked(e.getCause());
        }
    }

    /** What an append threw. */
    static RuntimeException unchecked(@Nullable Throwable reason) {
        return switch (reason) {
            case RuntimeException e -> e;
            case Error e -> throw e;
            case null -> new IllegalStateException("it failed without a reason");
            default -> new IllegalStateException(reason);
        };
    }

    /** Waits for the end of a thread. */
    static void join(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
