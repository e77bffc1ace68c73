package io.github.lightning4j;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Explains calls that failed because the memory of an argument was freed, or its file cut, while
 * they ran. What the JVM and the backends throw then does not say so, and never says whose memory
 * it was.
 */
final class ArgumentMemory {
    private record Argument(String name, Tensor tensor) {}

    private final List<Argument> arguments = new ArrayList<>();

    /** The same with one more argument. */
    ArgumentMemory with(String name, @Nullable Tensor tensor) {
        if (tensor != null) {
            arguments.add(new Argument(name, tensor));
        }
        return this;
    }

    /** The same with what a pass reads. */
    ArgumentMemory with(AttentionInputs inputs) {
        AttentionState initial = inputs.initialState();
        return with("q", inputs.q())
                .with("k", inputs.k())
                .with("v", inputs.v())
                .with("initial state", initial == null ? null : initial.values());
    }

    /**
     * Says why a call failed.
     *
     * @param thrown what it threw
     * @return what to throw instead; what was thrown, if memory has nothing to do with it
     * @throws Error if that was an error that no caller can do anything about
     */
    RuntimeException explain(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (isFault(cause)) {
                List<String> mapped =
                        names(argument -> argument.tensor.memory().segment().isMapped());
                if (!mapped.isEmpty()) {
                    String message =
                            "a file was cut while it was read; mapped from files: "
                                    + String.join(", ", mapped);
                    return new UncheckedIOException(message, new IOException(message, thrown));
                }
            }
            if (cause instanceof OutOfMemoryError error
                    && InsufficientMemoryException.isOffHeap(error)) {
                return InsufficientMemoryException.of("the call", error);
            }
        }
        List<String> freed =
                names(argument -> !argument.tensor.memory().segment().scope().isAlive());
        if (!freed.isEmpty()) {
            return new IllegalStateException(
                    String.join(", ", freed)
                            + " was freed during the call; an arena must stay open until it ends",
                    thrown);
        }
        if (thrown instanceof Error error) {
            throw error;
        }
        return (RuntimeException) thrown;
    }

    private List<String> names(Predicate<Argument> which) {
        return arguments.stream().filter(which).map(Argument::name).toList();
    }

    /** Whether it is what the JVM throws for mapped pages beyond the end of the file. */
    private static boolean isFault(Throwable e) {
        return e instanceof InternalError
                && e.getMessage() != null
                && e.getMessage().contains("unsafe memory access");
    }
}
