package io.github.lightning4j.cli.results;

import io.github.lightning4j.cli.text.Words;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What two objects say differently, in words. */
public final class Differences {
    private Differences() {}

    /**
     * The fields that differ.
     *
     * @param one fields by name
     * @param other the same of another
     * @return such as {@code heads 8, not 4}; empty where they are equal
     */
    public static List<String> between(
            Map<String, ? extends @Nullable Object> one,
            Map<String, ? extends @Nullable Object> other) {
        List<String> words = new ArrayList<>();
        one.forEach((name, first) -> {
            Object second = other.get(name);
            if (!Objects.equals(first, second)) {
                words.add("%s %s, not %s".formatted(name, inWords(first), inWords(second)));
            }
        });
        return words;
    }

    private static String inWords(@Nullable Object value) {
        return value == null ? "none" : Words.name(value.toString());
    }
}
