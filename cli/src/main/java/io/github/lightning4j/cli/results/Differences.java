package io.github.lightning4j.cli.results;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** What two records say differently, in words. */
public final class Differences {
    private Differences() {}

    /**
     * The components that differ.
     *
     * @param <R> the type of both
     * @param one a record
     * @param other another
     * @return such as {@code heads 8, not 4}; empty where they are equal
     */
    public static <R extends Record> List<String> between(R one, R other) {
        List<String> words = new ArrayList<>();
        for (RecordComponent component : one.getClass().getRecordComponents()) {
            try {
                Object first = component.getAccessor().invoke(one);
                Object second = component.getAccessor().invoke(other);
                if (!Objects.equals(first, second)) {
                    words.add(
                            "%s %s, not %s"
                                    .formatted(
                                            component.getName(),
                                            Objects.requireNonNullElse(first, "none"),
                                            Objects.requireNonNullElse(second, "none")));
                }
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(component.getName(), e);
            }
        }
        return words;
    }
}
