package io.github.lightning4j.cli.text;

import java.util.Locale;

/** Figures in tables and on axes, the same in every locale. */
public final class Numbers {
    private Numbers() {}

    /** Three digits or all before the point: {@code 1,234}, {@code 45.6}, {@code 0.0789}. */
    public static String three(double value) {
        if (Double.isNaN(value)) {
            return "";
        }
        double size = Math.abs(value);
        int decimals =
                size == 0 || size >= 99.95
                        ? 0
                        : Math.clamp(2 - (int) Math.floor(Math.log10(size) + 1e-9), 0, 9);
        return String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }

    /** Three digits and a metric prefix: {@code 3.42 M}. */
    public static String metric(double value) {
        String[] prefixes = {"", " k", " M", " G", " T", " P"};
        int i = 0;
        double scaled = value;
        while (scaled >= 999.5 && i < prefixes.length - 1) {
            scaled /= 1000;
            i++;
        }
        return three(scaled) + prefixes[i];
    }

    /** A power of ten and its multiples, for ticks: {@code 100}, {@code 10 k}. */
    public static String tick(double value) {
        String[] prefixes = {"", " k", " M", " G", " T", " P"};
        int i = 0;
        double scaled = value;
        while (scaled >= 1000 * (1 - 1e-9) && i < prefixes.length - 1) {
            scaled /= 1000;
            i++;
        }
        if (value < 1e-3) {
            return String.format(Locale.ROOT, "%.1e", value).replace(".0e", "e");
        }
        String digits = String.format(Locale.ROOT, "%.3f", scaled);
        return digits.replaceAll("\\.?0+$", "") + prefixes[i];
    }

    /** An error: {@code 3.1e-07}. */
    public static String error(double error) {
        return Double.isNaN(error) ? "" : String.format(Locale.ROOT, "%.1e", error);
    }
}
