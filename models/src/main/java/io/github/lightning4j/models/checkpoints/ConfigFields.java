package io.github.lightning4j.models.checkpoints;

import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.io.Quoted;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.jr.ob.JSON;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The fields of a JSON object, read by type; what does not fit is an error that names the field.
 */
final class ConfigFields {
    /** The index of a checkpoint of a thousand files has a few megabytes. */
    private static final int MOST_BYTES = 64 << 20;

    private final String where;
    private final Map<String, Object> fields;

    private ConfigFields(String where, Map<String, Object> fields) {
        this.where = where;
        this.fields = fields;
    }

    /** Reads a file of one JSON object. */
    static ConfigFields read(Path file) throws IOException {
        String where = Quoted.name(file);
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MOST_BYTES + 1);
        } catch (NoSuchFileException e) {
            throw new MalformedDataException(where + ": there is no such file", e);
        }
        if (bytes.length > MOST_BYTES) {
            throw new MalformedDataException(
                    String.format(Locale.ROOT, "%s has more than %,d bytes", where, MOST_BYTES));
        }
        try {
            Object json = JSON.std.anyFrom(bytes);
            return new ConfigFields(where, object(where, json));
        } catch (JacksonException e) {
            throw new MalformedDataException(
                    where + " is no JSON: " + Quoted.line(e.getOriginalMessage()), e);
        }
    }

    private static Map<String, Object> object(String where, @Nullable Object json)
            throws MalformedDataException {
        if (!(json instanceof Map<?, ?> map)) {
            throw new MalformedDataException(where + " must be an object");
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        for (Map.Entry<?, ?> field : map.entrySet()) {
            // JSON's null is as good as a field that is not there.
            if (field.getKey() instanceof String name && field.getValue() != null) {
                fields.put(name, field.getValue());
            }
        }
        return fields;
    }

    boolean has(String name) {
        return fields.containsKey(name);
    }

    Map<String, Object> all() {
        return fields;
    }

    /** An object that may be absent; then it has no fields. */
    ConfigFields object(String name) throws MalformedDataException {
        Object value = fields.get(name);
        String inside = where + ": " + name;
        return new ConfigFields(inside, value == null ? Map.of() : object(inside, value));
    }

    /** A whole number of a range that must be there. */
    int number(String name, int least, int most) throws MalformedDataException {
        if (!has(name)) {
            throw new MalformedDataException(where + " has no " + name);
        }
        return number(name, least, most, least);
    }

    /** A whole number of a range, or what stands for it where it is absent. */
    int number(String name, int least, int most, int otherwise) throws MalformedDataException {
        Object value = fields.get(name);
        if (value == null) {
            return otherwise;
        }
        return number(name, value, least, most);
    }

    private int number(String name, @Nullable Object value, int least, int most)
            throws MalformedDataException {
        // Jackson makes an Integer, Long or BigInteger of a whole number.
        if (value instanceof Integer number && number >= least && number <= most) {
            return number;
        }
        throw wrong(
                name, value, String.format(Locale.ROOT, "a whole number, %d ... %d", least, most));
    }

    /** A finite number of a range, or what stands for it. */
    double real(String name, double least, double most, double otherwise)
            throws MalformedDataException {
        Object value = fields.get(name);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Number number
                && number.doubleValue() >= least
                && number.doubleValue() <= most) {
            return number.doubleValue();
        }
        throw wrong(name, value, String.format(Locale.ROOT, "a number, %s ... %s", least, most));
    }

    boolean flag(String name, boolean otherwise) throws MalformedDataException {
        Object value = fields.get(name);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw wrong(name, value, "true or false");
    }

    /** A text, or what stands for it. */
    String text(String name, String otherwise) throws MalformedDataException {
        Object value = fields.get(name);
        if (value == null) {
            return otherwise;
        }
        if (value instanceof String text) {
            return text;
        }
        throw wrong(name, value, "a string");
    }

    /** A list; empty where it is absent. */
    List<?> list(String name) throws MalformedDataException {
        Object value = fields.get(name);
        if (value == null) {
            return List.of();
        }
        if (value instanceof List<?> list) {
            return list;
        }
        throw wrong(name, value, "an array");
    }

    /** A list of as many entries as another field says that there are layers. */
    List<?> entries(String name, int layers, String said) throws MalformedDataException {
        List<?> list = list(name);
        if (list.size() != layers) {
            throw new MalformedDataException(
                    where
                            + ": "
                            + name
                            + " has "
                            + list.size()
                            + " entries; "
                            + said
                            + " is "
                            + layers);
        }
        return list;
    }

    /** One whole number or a list of them; none where it is absent. */
    int[] numbers(String name, int least, int most) throws MalformedDataException {
        List<?> list = fields.get(name) instanceof Integer one ? List.of(one) : list(name);
        int[] numbers = new int[list.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = number(name, list.get(i), least, most);
        }
        return numbers;
    }

    /** The error for a field. */
    MalformedDataException wrong(String name, @Nullable Object value, String must) {
        return new MalformedDataException(
                where
                        + ": "
                        + name
                        + " is "
                        + Quoted.line(
                                value instanceof String text
                                        ? Quoted.text(text)
                                        : Quoted.name(String.valueOf(value)))
                        + "; it must be "
                        + must);
    }
}
