package io.github.lightning4j.cli.options;

import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.math.BigInteger;

/** Reads the numbers of options, and says in words which are none or too large. */
public final class NumberConverters {
    private NumberConverters() {}

    /** Has a command and all below it read numbers so. */
    public static void install(CommandLine line) {
        ITypeConverter<Integer> ints =
                text -> (int) whole(text, Integer.MIN_VALUE, Integer.MAX_VALUE);
        ITypeConverter<Long> longs = text -> whole(text, Long.MIN_VALUE, Long.MAX_VALUE);
        ITypeConverter<Double> doubles = NumberConverters::decimal;
        line.registerConverter(int.class, ints).registerConverter(Integer.class, ints);
        line.registerConverter(long.class, longs).registerConverter(Long.class, longs);
        line.registerConverter(double.class, doubles).registerConverter(Double.class, doubles);
    }

    private static long whole(String text, long smallest, long largest) {
        BigInteger value;
        try {
            value = new BigInteger(text);
        } catch (NumberFormatException e) {
            throw new TypeConversionException("'" + text + "' is no whole number");
        }
        if (value.compareTo(BigInteger.valueOf(largest)) > 0) {
            throw new TypeConversionException(
                    "'" + text + "' is too large; the largest is " + largest);
        }
        if (value.compareTo(BigInteger.valueOf(smallest)) < 0) {
            throw new TypeConversionException(
                    "'" + text + "' is too small; the smallest is " + smallest);
        }
        return value.longValue();
    }

    private static double decimal(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new TypeConversionException("'" + text + "' is no number");
        }
    }
}
