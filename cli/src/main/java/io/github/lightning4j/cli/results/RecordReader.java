package io.github.lightning4j.cli.results;

import org.jspecify.annotations.Nullable;

import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes records of JSON objects and takes nothing else for them: every component must be of its
 * type, and there, unless it is a boxed number or truth, or one of {@link #OPTIONAL}. Properties
 * without a component are passed over. The beans of jackson-jr read {@code "abc"} as the number 0.
 */
final class RecordReader {
    /** Texts that may be null or absent. */
    private static final Set<String> OPTIONAL = Set.of("reason");

    private static final Set<Class<?>> BOXES =
            Set.of(Integer.class, Long.class, Double.class, Boolean.class);

    /** Jackson writes these as texts. */
    private static final Map<String, Double> NOT_FINITE =
            Map.of(
                    "NaN", Double.NaN,
                    "Infinity", Double.POSITIVE_INFINITY,
                    "-Infinity", Double.NEGATIVE_INFINITY);

    private RecordReader() {}

    /**
     * Reads a record.
     *
     * @param type of it
     * @param json as jackson-jr reads it: maps, lists, strings, numbers, booleans
     * @param path what errors call it, such as {@code points[3]}; empty for the document itself
     * @return the record
     * @throws IllegalArgumentException if a property is missing or something else, by its name
     */
    static <R extends Record> R read(Class<R> type, @Nullable Object json, String path) {
        if (!(json instanceof Map<?, ?> map)) {
            throw new IllegalArgumentException(
                    "%s is %s; it must be an object"
                            .formatted(path.isEmpty() ? "it" : path, inWords(json)));
        }
        RecordComponent[] components = type.getRecordComponents();
        @Nullable Object[] values = new @Nullable Object[components.length];
        for (int i = 0; i < components.length; i++) {
            String name = components[i].getName();
            Object value = map.get(name);
            String at = path.isEmpty() ? name : path + "." + name;
            if (value != null) {
                values[i] = value(components[i].getGenericType(), value, at);
            } else if (!OPTIONAL.contains(name) && !BOXES.contains(components[i].getType())) {
                throw new IllegalArgumentException(at + " is missing");
            }
        }
        try {
            Constructor<R> constructor =
                    type.getDeclaredConstructor(
                            Arrays.stream(components)
                                    .map(RecordComponent::getType)
                                    .toArray(Class[]::new));
            return constructor.newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type.getName(), e);
        }
    }

    private static Object value(Type generic, Object json, String name) {
        if (generic instanceof ParameterizedType list) {
            return list((Class<?>) list.getActualTypeArguments()[0], json, name);
        }
        Class<?> type = (Class<?>) generic;
        if (type.isRecord()) {
            return read(type.asSubclass(Record.class), json, name);
        }
        return switch (type.getSimpleName()) {
            case "String" -> cast(String.class, json, name, "a text");
            case "boolean", "Boolean" -> cast(Boolean.class, json, name, "true or false");
            case "double", "Double" -> number(json, name);
            case "int", "Integer" -> (int) whole(json, name, Integer.MIN_VALUE, Integer.MAX_VALUE);
            case "long", "Long" -> whole(json, name, Long.MIN_VALUE, Long.MAX_VALUE);
            default -> throw new IllegalStateException(name + " is of " + type);
        };
    }

    private static List<Object> list(Class<?> type, Object json, String name) {
        List<?> elements = cast(List.class, json, name, "a list");
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < elements.size(); i++) {
            String at = "%s[%d]".formatted(name, i);
            Object element = elements.get(i);
            if (element == null) {
                throw new IllegalArgumentException(at + " is missing");
            }
            values.add(value(type, element, at));
        }
        return List.copyOf(values);
    }

    private static <T> T cast(Class<T> type, Object json, String name, String words) {
        if (type.isInstance(json)) {
            return type.cast(json);
        }
        throw new IllegalArgumentException(
                "%s is %s; it must be %s".formatted(name, inWords(json), words));
    }

    private static double number(Object json, String name) {
        Double notFinite = json instanceof String text ? NOT_FINITE.get(text) : null;
        return notFinite == null
                ? cast(Number.class, json, name, "a number").doubleValue()
                : notFinite;
    }

    private static long whole(Object json, String name, long least, long most) {
        if ((json instanceof Integer || json instanceof Long)
                && ((Number) json).longValue() >= least
                && ((Number) json).longValue() <= most) {
            return ((Number) json).longValue();
        }
        throw new IllegalArgumentException(
                "%s is %s; it must be a whole number".formatted(name, inWords(json)));
    }

    private static String inWords(@Nullable Object json) {
        return switch (json) {
            case null -> "null";
            case String text -> "'" + text + "'";
            case Map<?, ?> _ -> "an object";
            case List<?> _ -> "a list";
            default -> json.toString();
        };
    }
}
