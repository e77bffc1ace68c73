package io.github.lightning4j.results;

import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.io.Quoted;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A JSON object that is read field by field, each with what it must be. What is missing or
 * something else is an error by the names of file and field. Not thread-safe.
 */
public final class Fields {
    /** Jackson writes these as texts. */
    private static final Map<String, Double> NOT_FINITE =
            Map.of(
                    "NaN", Double.NaN,
                    "Infinity", Double.POSITIVE_INFINITY,
                    "-Infinity", Double.NEGATIVE_INFINITY);

    private final String complaint;
    private final String path;
    private final Map<?, ?> map;
    private final Set<String> known = new HashSet<>();

    private Fields(String complaint, String path, Map<?, ?> map) {
        this.complaint = complaint;
        this.path = path;
        this.map = map;
    }

    /**
     * The object that a document is.
     *
     * @param complaint how errors begin, such as {@code a.json is no results file}
     * @param json as jackson-jr reads it: maps, lists, strings, numbers, booleans
     * @throws MalformedDataException if it is something else
     */
    static Fields of(String complaint, @Nullable Object json) throws MalformedDataException {
        if (json instanceof Map<?, ?> map) {
            return new Fields(complaint, "", map);
        }
        throw new MalformedDataException(
                "%s: it is %s; it must be an object".formatted(complaint, inWords(json)));
    }

    /** Whether a field is there, and not null. */
    public boolean has(String name) {
        return value(name) != null;
    }

    /** A text. */
    public String text(String name) throws MalformedDataException {
        if (required(name) instanceof String text) {
            return text;
        }
        throw wrong(name, "a text");
    }

    /** A text, or another where it is null or absent. */
    public String textOr(String other, String name) throws MalformedDataException {
        return has(name) ? text(name) : other;
    }

    /** A value of an enumeration by its name, or another where it is null or absent. */
    public <E extends Enum<E>> E valueOr(E other, String name) throws MalformedDataException {
        if (!has(name)) {
            return other;
        }
        Class<E> type = other.getDeclaringClass();
        List<String> names = Names.of(type);
        return type.getEnumConstants()[names.indexOf(oneOf(name, names))];
    }

    /** What {@code --decay} takes, or a long list of slopes cut short. */
    public String decay(String name) throws MalformedDataException {
        String decay = text(name);
        if (Names.DECAY.matcher(decay).matches()) {
            return decay;
        }
        throw wrong(name, "what --decay takes");
    }

    /** One of several texts. */
    public String oneOf(String name, Collection<String> texts) throws MalformedDataException {
        String text = text(name);
        if (texts.contains(text)) {
            return text;
        }
        throw wrong(name, "one of " + String.join(", ", texts));
    }

    /** True or false. */
    public boolean truth(String name) throws MalformedDataException {
        if (required(name) instanceof Boolean truth) {
            return truth;
        }
        throw wrong(name, "true or false");
    }

    /** A whole number of a range. */
    public long whole(String name, long least, long most) throws MalformedDataException {
        Object value = required(name);
        boolean whole = value instanceof Integer || value instanceof Long;
        if (whole
                && ((Number) value).longValue() >= least
                && ((Number) value).longValue() <= most) {
            return ((Number) value).longValue();
        }
        throw wrong(name, "a whole number from %s to %s".formatted(least, most));
    }

    /** The same where it may be null or absent. */
    public @Nullable Long wholeOrNull(String name, long least, long most)
            throws MalformedDataException {
        return has(name) ? (Long) whole(name, least, most) : null;
    }

    /** A whole number from 1 up. */
    public int count(String name) throws MalformedDataException {
        return (int) whole(name, 1, Integer.MAX_VALUE);
    }

    /** A number of a range. */
    public double number(String name, double least, double most) throws MalformedDataException {
        double number = any(name);
        if (number >= least && number <= most) {
            return number;
        }
        throw wrong(name, "a number from %s to %s".formatted(least, most));
    }

    /** The same where it may be null or absent. */
    public @Nullable Double numberOrNull(String name, double least, double most)
            throws MalformedDataException {
        return has(name) ? (Double) number(name, least, most) : null;
    }

    /** An error: 0 or more, or no number at all. */
    public double error(String name) throws MalformedDataException {
        double error = any(name);
        if (error < 0) {
            throw wrong(name, "at least 0");
        }
        return error;
    }

    private double any(String name) throws MalformedDataException {
        Object value = required(name);
        Double notFinite = value instanceof String text ? NOT_FINITE.get(text) : null;
        if (notFinite == null && !(value instanceof Number)) {
            throw wrong(name, "a number");
        }
        return notFinite == null ? ((Number) value).doubleValue() : notFinite;
    }

    /** An object. */
    public Fields object(String name) throws MalformedDataException {
        if (required(name) instanceof Map<?, ?> object) {
            return new Fields(complaint, path + name + ".", object);
        }
        throw wrong(name, "an object");
    }

    /** A list of objects. */
    public List<Fields> objects(String name) throws MalformedDataException {
        if (!(required(name) instanceof List<?> list)) {
            throw wrong(name, "a list");
        }
        List<Fields> objects = new ArrayList<>();
        for (Object element : list) {
            String at = path + name + "[" + objects.size() + "]";
            if (!(element instanceof Map<?, ?> object)) {
                throw new MalformedDataException(
                        "%s: %s is %s; it must be an object"
                                .formatted(complaint, at, inWords(element)));
            }
            objects.add(new Fields(complaint, at + ".", object));
        }
        return objects;
    }

    /**
     * Ends the object.
     *
     * @throws MalformedDataException if it has a field that nobody asked for, and so may mean
     *     something that nobody here knows
     */
    public void end() throws MalformedDataException {
        for (Map.Entry<?, ?> field : map.entrySet()) {
            if (!known.contains(field.getKey())) {
                throw new MalformedDataException(
                        "%s: %s is a field that this version of lightning4j does not know"
                                .formatted(
                                        complaint,
                                        Quoted.name(path + String.valueOf(field.getKey()))));
            }
        }
    }

    /** Says that fields must be null or absent. */
    public void none(String because, String... names) throws MalformedDataException {
        for (String name : names) {
            if (has(name)) {
                throw wrong(name, "null, because " + because);
            }
        }
    }

    /** What is wrong with a field. */
    public MalformedDataException wrong(String name, String must) {
        return new MalformedDataException(
                "%s: %s%s is %s; it must be %s"
                        .formatted(complaint, path, name, inWords(value(name)), must));
    }

    private Object required(String name) throws MalformedDataException {
        Object value = value(name);
        if (value == null) {
            throw new MalformedDataException(
                    "%s: %s%s is missing".formatted(complaint, path, name));
        }
        return value;
    }

    private @Nullable Object value(String name) {
        known.add(name);
        return map.get(name);
    }

    private static String inWords(@Nullable Object json) {
        return switch (json) {
            case null -> "null";
            case String text -> Quoted.text(text);
            case Map<?, ?> _ -> "an object";
            case List<?> _ -> "a list";
            default -> Quoted.name(String.valueOf(json));
        };
    }
}
