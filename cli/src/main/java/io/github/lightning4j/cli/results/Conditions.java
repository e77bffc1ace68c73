package io.github.lightning4j.cli.results;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What figures depend on beside shape, budget and device.
 *
 * @param version of lightning4j
 * @param system operating system and Java
 * @param threads of the CPU backend, or null where an older version did not say
 */
public record Conditions(String version, String system, @Nullable Integer threads) {
    /**
     * The fields by name.
     *
     * @return as in files
     */
    public Map<String, @Nullable Object> fields() {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("version", version);
        fields.put("system", system);
        fields.put("threads", threads);
        return fields;
    }

    /**
     * The same with a number of threads where none is known.
     *
     * @param others those to go by, or null
     * @return conditions that differ in threads only where both know them
     */
    public Conditions orThreads(@Nullable Integer others) {
        return threads == null ? new Conditions(version, system, others) : this;
    }
}
