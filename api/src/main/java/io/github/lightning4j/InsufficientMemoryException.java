package io.github.lightning4j;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;

/**
 * There is no memory for a tensor or a session: the JVM's limit for what the garbage collector
 * frees is reached, the machine has none left, or sessions have reached the budget that {@link
 * LightningAttention.Builder#sessionMemoryBudget} sets. Nothing was computed. The message says how
 * much was wanted and what to raise.
 *
 * <p>The JVM counts {@link Tensor#allocate(DType, long...)}, and so the results that passes and
 * sessions return, against {@code -XX:MaxDirectMemorySize}, which is {@code -Xmx} unless it is set.
 * It does not count memory of an {@code Arena} of the caller's: with {@link
 * Tensor#allocate(java.lang.foreign.Arena, DType, long...)} and the passes that write into a given
 * output there is no such limit.
 */
public class InsufficientMemoryException extends BackendException {
    private static final long serialVersionUID = 1L;

    /** How the JVM's error begins where its limit is reached; it has no type of its own. */
    private static final String LIMIT = "Cannot reserve";

    /** How the error begins where the heap is full, or has no room for one array. */
    private static final List<String> HEAP =
            List.of("Java heap space", "Requested array size", "GC overhead");

    /** How the error begins where the operating system gave nothing. */
    private static final String MACHINE = "Unable to allocate";

    /**
     * With a reason.
     *
     * @param message what was wanted and why there is none
     */
    public InsufficientMemoryException(String message) {
        super(message);
    }

    /**
     * With a reason and its cause.
     *
     * @param message what was wanted and why there is none
     * @param cause what was thrown underneath
     */
    public InsufficientMemoryException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Whether the JVM's own limit is what is reached. */
    static boolean isLimit(OutOfMemoryError e) {
        return e.getMessage() != null && e.getMessage().startsWith(LIMIT);
    }

    /** Whether it is memory outside the heap that is short; the heap's errors stay errors. */
    static boolean isOffHeap(@Nullable Throwable e) {
        return e instanceof OutOfMemoryError error
                && (error.getMessage() == null
                        || isLimit(error)
                        || error.getMessage().startsWith(MACHINE));
    }

    /** For a tensor. */
    static InsufficientMemoryException of(String tensor, long bytes, OutOfMemoryError cause) {
        return of(String.format(Locale.ROOT, "%s of %,d bytes", tensor, bytes), cause);
    }

    /** For anything else. */
    static InsufficientMemoryException of(String what, OutOfMemoryError cause) {
        String reason = cause.getMessage() == null ? "out of memory" : cause.getMessage();
        String format = "there is no memory for %s (%s)";
        if (isLimit(cause)) {
            format =
                    "there is no memory for %s within the JVM's limit for direct memory (%s): raise"
                            + " -XX:MaxDirectMemorySize, which is -Xmx where it is not set, or use"
                            + " memory of an Arena of your own, which does not count";
        } else if (HEAP.stream().anyMatch(reason::startsWith)) {
            format = "there is no memory for %s on the Java heap (%s): raise -Xmx";
        } else if (reason.startsWith(MACHINE)) {
            format =
                    "there is no memory for %s (%s): it would lie outside the Java heap, so the"
                            + " memory of the machine or its container is what limits it, not -Xmx";
        }
        return new InsufficientMemoryException(
                String.format(Locale.ROOT, format, what, reason), cause);
    }
}
