package io.github.lightning4j.cli.options;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.util.Locale;

/** Reads counts such as {@code 4096}, {@code 4k} (4,096) and {@code 100m} (100 · 2²⁰). */
public final class TokenCount implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
        String digits = text.toLowerCase(Locale.ROOT);
        int shift =
                switch (digits.isEmpty() ? ' ' : digits.charAt(digits.length() - 1)) {
                    case 'k' -> 10;
                    case 'm' -> 20;
                    case 'g' -> 30;
                    default -> 0;
                };
        try {
            long count =
                    Long.parseLong(shift == 0 ? digits : digits.substring(0, digits.length() - 1));
            if (count < 0) {
                throw new NumberFormatException();
            }
            return Math.multiplyExact(count, 1L << shift);
        } catch (NumberFormatException | ArithmeticException e) {
            throw new TypeConversionException(
                    "'" + text + "' is no count; write 4096, 4k, 10m or 1g");
        }
    }
}
