package io.github.lightning4j.results.report;

import io.github.lightning4j.results.text.Numbers;

import java.util.ArrayList;
import java.util.List;

/** Round numbers on a logarithmic axis, two at least. */
final class Ticks {
    private static final double MANY_DECADES = 2.2;
    private static final int FEWEST = 3;
    private static final int MOST = 12;

    /** How much more the end of an axis is than its beginning, at the least. */
    private static final double CLOSEST = 1 + 1e-6;

    private Ticks() {}

    /**
     * Powers of ten, a few of them where there are many; over few decades their multiples by 2 and
     * 5 too; where these are fewer than three, round numbers at even distances.
     *
     * @param low above 0
     * @param high more than low, and finite
     */
    static List<Figure.Tick> between(double low, double high) {
        double decades = Math.log10(high) - Math.log10(low);
        if (!(low > 0 && high > low * CLOSEST && Double.isFinite(decades))) {
            throw new IllegalArgumentException("no axis from %s to %s".formatted(low, high));
        }
        if (decades >= MANY_DECADES) {
            return multiples(low, high, (int) Math.ceil(decades / MOST), 1);
        }
        List<Figure.Tick> ticks = multiples(low, high, 1, 1, 2, 5);
        return ticks.size() >= FEWEST ? ticks : even(low, high);
    }

    private static List<Figure.Tick> multiples(double low, double high, int step, int... digits) {
        List<Figure.Tick> ticks = new ArrayList<>();
        int first = (int) Math.floor(Math.log10(low));
        int last = (int) Math.ceil(Math.log10(high));
        for (int power = Math.ceilDiv(first, step) * step; power <= last; power += step) {
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
        long first = (long) Math.ceil(low / round(digit, power));
        for (long i = first; i < first + MOST; i++) {
            double at = round(i * digit, power);
            if (at >= low && at <= high) {
                ticks.add(new Figure.Tick(at, Numbers.tick(at)));
            }
        }
        return ticks;
    }

    private static double round(long digits, int power) {
        return Double.parseDouble(digits + "e" + power);
    }
}
