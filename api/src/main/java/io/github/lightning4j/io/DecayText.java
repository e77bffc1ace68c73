package io.github.lightning4j.io;

import io.github.lightning4j.Decay;

import java.util.Locale;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A {@link Decay} as text, for command lines and files.
 *
 * <pre>
 *   none  alibi  retention                            presets
 *   alibi:3/32  transformers:3/32  paper:3/32         presets of layer 3 of 32, from 0
 *   0.5,0.25                                          slopes, one for each head
 * </pre>
 *
 * <p>What is printed is parsed to an equal decay: a slope is printed with as many digits as it
 * takes to tell it from every other float. It has no version of its own; in files it stands in the
 * text of {@link ConfigText}, whose version is that of decays too. Stateless and thread-safe.
 */
public final class DecayText {
    /** What {@link #parse} takes, in a line. */
    public static final String FORMS =
            "none, alibi, retention, alibi:L/N, transformers:L/N or paper:L/N for layer L of N, or"
                    + " slopes such as 0.5,0.25";

    private static final Pattern LAYERED =
            Pattern.compile("(alibi|transformers|paper):([0-9]{1,9})/([0-9]{1,9})");

    /** No names such as NaN and no suffix of a type, both of which {@code parseFloat} takes. */
    private static final Pattern SLOPE =
            Pattern.compile(
                    "[+-]?(?:[0-9]{1,64}(?:\\.[0-9]{0,64})?|\\.[0-9]{1,64})(?:[eE][+-]?[0-9]{1,9})?");

    private DecayText() {}

    /**
     * Prints a decay.
     *
     * @param decay any
     * @return its text, without white space
     */
    public static String print(Decay decay) {
        return switch (decay) {
            case Decay.None() -> "none";
            case Decay.Alibi() -> "alibi";
            case Decay.Retention() -> "retention";
            case Decay.AlibiLayer(int layer, int layers) -> "alibi:" + layer + "/" + layers;
            case Decay.Transformers(int layer, int layers) ->
                    "transformers:" + layer + "/" + layers;
            case Decay.Paper(int layer, int layers) -> "paper:" + layer + "/" + layers;
            case Decay.Slopes slopes -> print(slopes.values());
        };
    }

    private static String print(float[] slopes) {
        StringJoiner list = new StringJoiner(",");
        for (float slope : slopes) {
            list.add(Float.toString(slope));
        }
        return list.toString();
    }

    /**
     * Parses a decay. Capital letters and spaces around slopes do not matter.
     *
     * @param text as {@link #print} writes it, or a person
     * @return the decay
     * @throws IllegalArgumentException if it is none, with the reason
     */
    public static Decay parse(String text) {
        String name = text.toLowerCase(Locale.ROOT);
        return switch (name) {
            case "none" -> new Decay.None();
            case "alibi" -> new Decay.Alibi();
            case "retention" -> new Decay.Retention();
            default -> {
                Matcher layered = LAYERED.matcher(name);
                yield layered.matches() ? layered(layered) : slopes(text, name);
            }
        };
    }

    private static Decay layered(Matcher matcher) {
        int layer = Integer.parseInt(matcher.group(2));
        int layers = Integer.parseInt(matcher.group(3));
        return switch (matcher.group(1)) {
            case "alibi" -> new Decay.AlibiLayer(layer, layers);
            case "transformers" -> new Decay.Transformers(layer, layers);
            default -> new Decay.Paper(layer, layers);
        };
    }

    private static Decay slopes(String text, String list) {
        String[] parts = list.split(",", -1);
        float[] slopes = new float[parts.length];
        for (int h = 0; h < slopes.length; h++) {
            String slope = parts[h].strip();
            if (!SLOPE.matcher(slope).matches()) {
                throw new IllegalArgumentException(
                        Quoted.text(text) + " is no decay; write " + FORMS);
            }
            slopes[h] = Float.parseFloat(slope);
        }
        return new Decay.Slopes(slopes);
    }
}
