package io.github.lightning4j.cli.report;

import io.github.lightning4j.cli.text.Numbers;

import java.util.ArrayList;
import java.util.List;

/** Round numbers on a logarithmic axis, two at least. */
final class Ticks {
    private static final double MANY_DECADES = 2.2;
    private static final int FEWEST = 3;

    private Ticks() {}

    /**
     * Powers of ten; over few decades their multiples by 2 and 5 too; where these are fewer than
     * three, round numbers at even distances.
     */
    static List<Figure.Tick> between(double low, double high) {
        if (Math.log10(high / low) >= MANY_DECADES) {
            return multiples(low, high, 1);
        }
        List<Figure.Tick> ticks = multiples(low, high, 1, 2, 5);
        return ticks.size() >= FEWEST ? ticks : even(low, high);
    }

    private static List<Figure.Tick> multiples(double low, double high, int... digits) {
        List<Figure.Tick> ticks = new ArrayList<>();
        for (int power = (int) Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
            for (int digit : digits) {
                double at = round(digit, power);
                if (at >= low && at <= high) {
                    ticks.add(new Figure.Tick(at, Numbers.tick(at)));
                }
            }
        }
        return ticks;
    }

    /** At multiples of the largest 1, 2 or 5 times a power of ten that gives three. */
    private static List<Figure.Tick> even(double low, double high) {
        double most = (high - low) / FEWEST;
        int power = (int) Math.floor(Math.log10(most));
        double part = most / Math.pow(10, power);
        int digit = part >= 5 ? 5 : part >= 2 ? 2 : 1;
        List<Figure.Tick> ticks = new ArrayList<>();
        double step = round(digit, power);
        for (long i = (long) Math.ceil(low / step); i * step <= high; i++) {
            double at = round(i * digit, power);
            ticks.add(new Figure.Tick(at, Numbers.tick(at)));
        }
        return ticks;
    }

    private static double round(long digits, int power) {
        return Double.parseDouble(digits + "e" + power);
    }
}
