package io.github.lightning4j.results.report;

import io.github.lightning4j.Algorithm;

import java.util.List;
import java.util.Locale;

/**
 * How an algorithm looks wherever it is drawn.
 *
 * @param name in words
 * @param shortName for labels in a figure
 * @param mark for terminals
 * @param colour number of its colour
 * @param strong whether the figure is about it
 */
record Look(String name, String shortName, char mark, int colour, boolean strong) {
    /** By its name on the command line. */
    static Look of(String algorithm) {
        return switch (algorithm) {
            case "softmax" -> new Look(words(Algorithm.SOFTMAX), "softmax", 's', 1, true);
            case "left-product" ->
                    new Look(words(Algorithm.LEFT_PRODUCT), "left product", 'l', 2, false);
            case "right-product" ->
                    new Look(words(Algorithm.RIGHT_PRODUCT), "right product", 'r', 3, false);
            case "lightning-1" ->
                    new Look(words(Algorithm.LIGHTNING_1), "Lightning-1", '1', 4, false);
            case "lightning-2" ->
                    new Look(words(Algorithm.LIGHTNING_2), "Lightning-2", '2', 5, true);
            default -> throw new IllegalArgumentException("no algorithm: " + algorithm);
        };
    }

    /** Its place in a table: what the figure is about stands first, where a phone shows it. */
    int place() {
        return name.equals(words(Algorithm.LIGHTNING_2)) ? 0 : colour;
    }

    /** A curve of it. */
    Curve curve(List<Curve.Dot> dots) {
        return new Curve(shortName, colour, strong, false, true, dots);
    }

    private static String words(Algorithm algorithm) {
        String words = algorithm.words();
        return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
    }
}
