package io.github.lightning4j.results;

import org.jspecify.annotations.Nullable;

import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Records as objects of a JSON document: a field for each component, by its name, and those of
 * records in it among them. Where such a record is null, all its fields are.
 */
public final class RecordFields {
    /** Reflection makes its objects anew each time, which files of many points would feel. */
    private static final ClassValue<List<Component>> COMPONENTS =
            new ClassValue<>() {
                @Override
                protected List<Component> computeValue(Class<?> type) {
                    return Arrays.stream(type.getRecordComponents()).map(Component::of).toList();
                }
            };

    private record Component(String name, Class<?> type, Method accessor) {
        static Component of(RecordComponent component) {
            Method accessor = component.getAccessor();
            accessor.setAccessible(true);
            return new Component(component.getName(), component.getType(), accessor);
        }
    }

    private RecordFields() {}

    /** The fields in the order of the components. */
    public static Map<String, @Nullable Object> of(Record value) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        put(value.getClass(), value, fields);
        return fields;
    }

    private static void put(
            Class<?> type, @Nullable Object value, Map<String, @Nullable Object> fields) {
        for (Component component : COMPONENTS.get(type)) {
            Object part = value == null ? null : get(component, value);
            if (component.type().isRecord()) {
                put(component.type(), part, fields);
            } else {
                fields.put(component.name(), part);
            }
        }
    }

    private static @Nullable Object get(Component component, Object value) {
        try {
            return component.accessor().invoke(value);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a record's component cannot be read", e);
        }
    }
}
