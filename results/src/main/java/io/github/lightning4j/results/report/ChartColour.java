package io.github.lightning4j.results.report;

import java.awt.Color;
import java.util.regex.Pattern;

/**
 * Colours of charts: variables of the page's style sheet, so that one chart serves light, dark and
 * print. Java paints with a number in their place.
 */
final class ChartColour {
    /** Text of less weight, and axes. */
    static final Color MUTED = of(21);

    /** Lines of the grid. */
    static final Color GRID = of(22);

    private static final Pattern PAINTED = Pattern.compile("rgb\\(1, ?0, ?(\\d+)\\)");

    private ChartColour() {}

    /** The colour of a curve. */
    static Color of(int number) {
        return new Color(1, 0, number);
    }

    /** Names the variables in what was painted. */
    static String named(String svg) {
        return PAINTED.matcher(svg).replaceAll("var(--c$1)");
    }
}
