package io.github.lightning4j.results;

import org.jspecify.annotations.Nullable;

/**
 * What figures depend on beside shape, budget and device.
 *
 * @param version of lightning4j
 * @param system operating system and Java
 * @param threads of the CPU backend, or null where an older version did not say
 */
public record Conditions(String version, String system, @Nullable Integer threads) {
    /** The same with the threads of others where none are known. */
    public Conditions orThreads(@Nullable Integer others) {
        return threads == null ? new Conditions(version, system, others) : this;
    }
}
