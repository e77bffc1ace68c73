package io.github.lightning4j.cli.options;

import io.github.lightning4j.Decay;
import io.github.lightning4j.io.DecayText;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.util.Arrays;

/** Reads a decay as {@link DecayText} does, and shows one to people. */
public final class DecayConverter implements ITypeConverter<Decay> {
    /** What {@code --decay} takes, in a line. */
    static final String FORMS = DecayText.FORMS;

    private static final int MOST_SHOWN = 8;

    @Override
    public Decay convert(String text) {
        try {
            return DecayText.parse(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(String.valueOf(e.getMessage()));
        }
    }

    /** Writes a decay so that {@link #convert} reads it back; many slopes are cut short. */
    public static String format(Decay decay) {
        if (!(decay instanceof Decay.Slopes slopes) || slopes.values().length <= MOST_SHOWN) {
            return DecayText.print(decay);
        }
        float[] all = slopes.values();
        String first = DecayText.print(new Decay.Slopes(Arrays.copyOf(all, MOST_SHOWN)));
        return first + ",… (" + all.length + " slopes)";
    }
}
