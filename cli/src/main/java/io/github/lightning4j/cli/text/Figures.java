package io.github.lightning4j.cli.text;

import java.util.Locale;

/** Numbers as people read them. */
public final class Figures {
    private Figures() {}

    /** Three digits and a metric prefix: {@code 3.42 M}. */
    public static String metric(double value) {
        String[] prefixes = {"", " k", " M", " G", " T"};
        int i = 0;
        double scaled = value;
        while (scaled >= 999.5 && i < prefixes.length - 1) {
            scaled /= 1000;
            i++;
        }
        boolean exact = i == 0 && scaled == Math.rint(scaled);
        int decimals = exact || scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2;
        return String.format(Locale.ROOT, "%." + decimals + "f%s", scaled, prefixes[i]);
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
        int decimals = 2;
        if (times > 0 && times < 0.1) {
            decimals -= (int) Math.floor(Math.log10(times));
        }
        return String.format(Locale.ROOT, "%." + decimals + "f", times);
    }

    /** A relative error: {@code 3.1e-07}. */
    public static String error(double error) {
        return String.format(Locale.ROOT, "%.1e", error);
    }
}
