package io.github.lightning4j.cli.options;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.util.ArrayList;
import java.util.List;

/** Reads lengths: {@code 4k}, {@code 1k..256k} (doubling), or several with commas between. */
public final class LengthsConverter implements ITypeConverter<LengthsConverter.Lengths> {
    private static final String RANGE = "..";

    /**
     * Lengths in tokens, rising.
     *
     * @param tokens each once
     */
    public record Lengths(List<Long> tokens) {}

    @Override
    public Lengths convert(String text) {
        List<Long> tokens = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            int dots = part.indexOf(RANGE);
            long first = count(dots < 0 ? part : part.substring(0, dots));
            long last = dots < 0 ? first : count(part.substring(dots + RANGE.length()));
            if (last < first) {
                throw new TypeConversionException(
                        "'" + part + "' falls; write the shorter length first");
            }
            for (long n = first; n <= last; n *= 2) {
                tokens.add(n);
            }
        }
        return new Lengths(tokens.stream().distinct().sorted().toList());
    }

    private static long count(String text) {
        long count = new TokenCount().convert(text);
        if (count < 1 || count > 1L << 32) {
            throw new TypeConversionException("'" + text + "' must be 1 ... 4g tokens");
        }
        return count;
    }
}
