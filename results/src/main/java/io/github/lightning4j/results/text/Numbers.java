package io.github.lightning4j.results.text;

import java.util.Locale;

/** Numbers as people read them, the same in every locale. */
public final class Numbers {
    private static final String[] PREFIXES = {"", " k", " M", " G", " T", " P", " E"};

    private Numbers() {}

    /**
     * Three digits or all before the point: {@code 1,234}, {@code 45.6}, {@code 0.0789}; in powers
     * of ten what would be long.
     */
    public static String three(double value) {
        if (Double.isNaN(value)) {
            return "";
        }
        double size = Math.abs(value);
        if (size >= 1e15 || (size > 0 && size < 1e-6)) {
            return String.format(Locale.ROOT, "%.2e", value);
        }
        int decimals =
                size == 0 || size >= 99.95
                        ? 0
                        : Math.clamp(2 - (int) Math.floor(Math.log10(size) + 1e-9), 0, 9);
        return String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }

    /** Three digits and a metric prefix: {@code 3.42 M}; whole numbers below 1000 as they are. */
    public static String metric(double value) {
        boolean whole = Math.abs(value) < 999.5 && value == Math.rint(value);
        return whole
                ? String.format(Locale.ROOT, "%.0f", value)
                : three(scaled(value, 999.5)) + prefix(value, 999.5);
    }

    /** A round number, such as a power of ten, for ticks: {@code 100}, {@code 10 k}. */
    public static String tick(double value) {
        if (value < 1e-3 || value >= 1e21) {
            return String.format(Locale.ROOT, "%.1e", value).replace(".0e", "e");
        }
        double most = 1000 * (1 - 1e-9);
        String digits = String.format(Locale.ROOT, "%.3f", scaled(value, most));
        return digits.replaceAll("\\.?0+$", "") + prefix(value, most);
    }

    private static String prefix(double value, double most) {
        return PREFIXES[power(value, most)];
    }

    private static double scaled(double value, double most) {
        double scaled = value;
        for (int i = power(value, most); i > 0; i--) {
            scaled /= 1000;
        }
        return scaled;
    }

    /** How often it can be divided by 1000 until it is less. */
    private static int power(double value, double most) {
        int power = 0;
        for (double rest = value; rest >= most && power < PREFIXES.length - 1; rest /= 1000) {
            power++;
        }
        return power;
    }

    /** Bytes in binary units: {@code 512 MiB}. */
    public static String bytes(long bytes) {
        return bytes < 1 << 20
                ? String.format(Locale.ROOT, "%.0f KiB", bytes / 1024.0)
                : String.format(Locale.ROOT, "%.0f MiB", bytes / 1048576.0);
    }

    /** Milliseconds with three significant digits: {@code 4.31 ms}, {@code 98.2 µs}. */
    public static String millis(double millis) {
        boolean micros = millis > 0 && millis < 0.1;
        double value = micros ? millis * 1e3 : millis;
        int decimals = value >= 100 ? 0 : value >= 10 ? 1 : micros || value >= 1 ? 2 : 3;
        return String.format(Locale.ROOT, "%." + decimals + "f %s", value, micros ? "µs" : "ms");
    }

    /**
     * How many times as fast: {@code 5.25}; below 0.1 with three significant digits: {@code
     * 0.00314}.
     */
    public static String times(double times) {
        return (times > 0 && times < 0.1) || times >= 1e15
                ? three(times)
                : String.format(Locale.ROOT, "%.2f", times);
    }

    /** A part of a whole: {@code 87 %}. */
    public static String percent(double part) {
        return String.format(Locale.ROOT, "%.0f %%", 100 * part);
    }

    /** An error: {@code 3.1e-07}. */
    public static String error(double error) {
        return String.format(Locale.ROOT, "%.1e", error);
    }
}
