package io.github.lightning4j.cli.results;

import org.jspecify.annotations.Nullable;

import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Records as objects of a JSON document: a field for each component, by its name, and those of
 * records in it among them. Where such a record is null, all its fields are.
 */
public final class RecordFields {
    private RecordFields() {}

    /** The fields in the order of the components. */
    public static Map<String, @Nullable Object> of(Record value) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        put(value.getClass(), value, fields);
        return fields;
    }

    private static void put(
            Class<?> type, @Nullable Object value, Map<String, @Nullable Object> fields) {
        for (RecordComponent component : type.getRecordComponents()) {
            Object part = value == null ? null : get(component, value);
            if (component.getType().isRecord()) {
                put(component.getType(), part, fields);
            } else {
                fields.put(component.getName(), part);
            }
        }
    }

    private static @Nullable Object get(RecordComponent component, Object value) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(value);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a record's component cannot be read", e);
        }
    }
}
