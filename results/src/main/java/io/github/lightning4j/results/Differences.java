package io.github.lightning4j.results;

import io.github.lightning4j.results.text.Words;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What two records of a kind say differently, in words. */
public final class Differences {
    private Differences() {}

    /** The fields that differ, such as {@code heads 8, not 4}; empty where they are equal. */
    public static List<String> between(Record one, Record other) {
        Map<String, @Nullable Object> others = RecordFields.of(other);
        return RecordFields.of(one).entrySet().stream()
                .filter(field -> !Objects.equals(field.getValue(), others.get(field.getKey())))
                .map(field ->
                        "%s %s, not %s"
                                .formatted(
                                        field.getKey(),
                                        inWords(field.getValue()),
                                        inWords(others.get(field.getKey()))))
                .toList();
    }

    private static String inWords(@Nullable Object value) {
        return value == null ? "none" : Words.name(value.toString());
    }
}
