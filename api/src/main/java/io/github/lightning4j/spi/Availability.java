package io.github.lightning4j.spi;

/** Whether something can be used, and if not, why and what to do about it. */
public sealed interface Availability {
    /** It can be used. */
    record Available() implements Availability {}

    /**
     * It cannot be used.
     *
     * @param reason one sentence: what is missing and what to do
     */
    record Unavailable(String reason) implements Availability {}
}
