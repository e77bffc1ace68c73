package io.github.lightning4j.io;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.Layout;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.regex.Pattern;

/**
 * An {@link AttentionConfig} as one line of text, for files, command lines and whatever sends a
 * configuration to another process.
 *
 * <pre>
 *   lightning4j-config/1 algorithm=lightning-2 heads=16 key-dim=128 value-dim=128
 *       decay=alibi:3/32 scale=1.0 feature-map=identity layout=heads-first
 * </pre>
 *
 * <p>The first word has the version of the form. Fields are printed in this order, so equal
 * configurations with the same kind of decay have equal texts, and are read in any order, each
 * exactly once. What is printed is parsed to an equal configuration, to the last bit of scale and
 * slopes: numbers are printed with as many digits as it takes to tell them from all others.
 *
 * <p>Stateless and thread-safe.
 */
public final class ConfigText {
    private static final String FORM = "lightning4j-config/";
    private static final String VERSION = FORM + 1;

    private static final String ALGORITHM = "algorithm";
    private static final String HEADS = "heads";
    private static final String KEY_DIM = "key-dim";
    private static final String VALUE_DIM = "value-dim";
    private static final String DECAY = "decay";
    private static final String SCALE = "scale";
    private static final String FEATURE_MAP = "feature-map";
    private static final String LAYOUT = "layout";

    private static final Pattern COUNT = Pattern.compile("[0-9]{1,18}");
    private static final Pattern NUMBER =
            Pattern.compile("-?[0-9]{1,400}(?:\\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,9})?");

    private ConfigText() {}

    /**
     * Prints a configuration.
     *
     * @param config any
     * @return one line, without a line break
     */
    public static String print(AttentionConfig config) {
        StringJoiner text = new StringJoiner(" ");
        text.add(VERSION);
        fields(config).forEach((name, value) -> text.add(name + "=" + value));
        return text.toString();
    }

    private static Map<String, String> fields(AttentionConfig config) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put(ALGORITHM, word(config.algorithm()));
        fields.put(HEADS, Integer.toString(config.heads()));
        fields.put(KEY_DIM, Integer.toString(config.keyDim()));
        fields.put(VALUE_DIM, Integer.toString(config.valueDim()));
        fields.put(DECAY, DecayText.print(config.decay()));
        fields.put(SCALE, Double.toString(config.scale()));
        fields.put(FEATURE_MAP, word(config.featureMap()));
        fields.put(LAYOUT, word(config.layout()));
        return fields;
    }

    /** The word for a constant. */
    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Parses a configuration.
     *
     * @param text as {@link #print} writes it; any white space separates fields
     * @return the configuration
     * @throws IllegalArgumentException if it is of another version, a field is missing, unknown or
     *     there twice, or a value is not what it must be, with the reason
     */
    public static AttentionConfig parse(String text) {
        String[] words = text.strip().split("\\s+", -1);
        if (!words[0].equals(VERSION)) {
            throw new IllegalArgumentException(
                    words[0].startsWith(FORM)
                            ? "configuration is of the form "
                                    + Quoted.text(words[0])
                                    + "; only "
                                    + VERSION
                                    + " can be read"
                            : "configuration is "
                                    + Quoted.text(text)
                                    + "; it must begin with "
                                    + VERSION);
        }
        Map<String, String> fields = new LinkedHashMap<>();
        for (int i = 1; i < words.length; i++) {
            int equals = words[i].indexOf('=');
            String name = words[i].substring(0, Math.max(equals, 0));
            if (equals < 0 || fields.put(name, words[i].substring(equals + 1)) != null) {
                throw new IllegalArgumentException(
                        "configuration has "
                                + Quoted.text(words[i])
                                + (equals < 0
                                        ? "; it must be a name, = and a value"
                                        : "; that name is there twice"));
            }
        }
        AttentionConfig config =
                AttentionConfig.builder(
                                count(fields, HEADS),
                                count(fields, KEY_DIM),
                                count(fields, VALUE_DIM))
                        .algorithm(constant(fields, ALGORITHM, Algorithm.values()))
                        .decay(DecayText.parse(take(fields, DECAY)))
                        .scale(number(fields, SCALE))
                        .featureMap(constant(fields, FEATURE_MAP, FeatureMap.values()))
                        .layout(constant(fields, LAYOUT, Layout.values()))
                        .build();
        if (!fields.isEmpty()) {
            throw new IllegalArgumentException(
                    "configuration has fields that "
                            + VERSION
                            + " does not have: "
                            + Quoted.names(fields.keySet()));
        }
        return config;
    }

    private static String take(Map<String, String> fields, String name) {
        String value = fields.remove(name);
        if (value == null) {
            throw new IllegalArgumentException("configuration has no " + name);
        }
        return value;
    }

    private static long count(Map<String, String> fields, String name) {
        String value = take(fields, name);
        if (!COUNT.matcher(value).matches()) {
            throw refused(name, value, "a whole number");
        }
        return Long.parseLong(value);
    }

    private static double number(Map<String, String> fields, String name) {
        String value = take(fields, name);
        if (!NUMBER.matcher(value).matches()) {
            throw refused(name, value, "a number");
        }
        return Double.parseDouble(value);
    }

    private static <T extends Enum<T>> T constant(
            Map<String, String> fields, String name, T[] constants) {
        String value = take(fields, name);
        StringJoiner words = new StringJoiner(", ");
        for (T constant : constants) {
            if (word(constant).equals(value)) {
                return constant;
            }
            words.add(word(constant));
        }
        throw refused(name, value, "one of " + words);
    }

    private static IllegalArgumentException refused(String name, String value, String wanted) {
        return new IllegalArgumentException(
                name + " is " + Quoted.text(value) + "; it must be " + wanted);
    }
}
