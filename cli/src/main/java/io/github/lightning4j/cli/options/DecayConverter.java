package io.github.lightning4j.cli.options;

import io.github.lightning4j.Decay;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.util.Locale;
import java.util.StringJoiner;

/**
 * Reads a decay: a preset ({@code none}, {@code alibi}, {@code retention}), a preset of layer l of
 * Λ ({@code alibi:3/32}, {@code transformers:3/32}, {@code paper:3/32}), or slopes ({@code
 * 0.1,0.2,0.4}).
 */
public final class DecayConverter implements ITypeConverter<Decay> {
    /** What {@code --decay} takes, in a line. */
    static final String FORMS =
            "none, alibi, retention, alibi:L/N, transformers:L/N or paper:L/N for layer L of N, or"
                    + " slopes such as 0.5,0.25";

    private static final int MOST_SHOWN = 8;

    @Override
    public Decay convert(String text) {
        String name = text.toLowerCase(Locale.ROOT);
        try {
            return switch (name) {
                case "none" -> new Decay.None();
                case "alibi" -> new Decay.Alibi();
                case "retention" -> new Decay.Retention();
                default -> name.contains(":") ? layered(name) : slopes(name);
            };
        } catch (NumberFormatException e) {
            throw new TypeConversionException("'" + text + "' is no decay; write " + FORMS);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(String.valueOf(e.getMessage()));
        }
    }

    /** Writes a decay so that {@link #convert} reads it back; many slopes are cut short. */
    public static String format(Decay decay) {
        return switch (decay) {
            case Decay.None() -> "none";
            case Decay.Alibi() -> "alibi";
            case Decay.Retention() -> "retention";
            case Decay.AlibiLayer(int layer, int layers) -> "alibi:" + layer + "/" + layers;
            case Decay.Transformers(int layer, int layers) ->
                    "transformers:" + layer + "/" + layers;
            case Decay.Paper(int layer, int layers) -> "paper:" + layer + "/" + layers;
            case Decay.Slopes slopes -> format(slopes.values());
        };
    }

    private static String format(float[] slopes) {
        StringJoiner list = new StringJoiner(",");
        for (int h = 0; h < Math.min(slopes.length, MOST_SHOWN); h++) {
            list.add(Float.toString(slopes[h]));
        }
        return list + (slopes.length > MOST_SHOWN ? ",… (" + slopes.length + " slopes)" : "");
    }

    private static Decay layered(String name) {
        String preset = name.substring(0, name.indexOf(':'));
        String[] position = name.substring(preset.length() + 1).split("/", -1);
        if (position.length != 2) {
            throw new NumberFormatException();
        }
        int layer = Integer.parseInt(position[0]);
        int layers = Integer.parseInt(position[1]);
        return switch (preset) {
            case "alibi" -> new Decay.AlibiLayer(layer, layers);
            case "transformers" -> new Decay.Transformers(layer, layers);
            case "paper" -> new Decay.Paper(layer, layers);
            default -> throw new NumberFormatException();
        };
    }

    private static Decay slopes(String list) {
        String[] parts = list.split(",", -1);
        float[] slopes = new float[parts.length];
        for (int h = 0; h < slopes.length; h++) {
            slopes[h] = Float.parseFloat(parts[h].strip());
        }
        return new Decay.Slopes(slopes);
    }
}
