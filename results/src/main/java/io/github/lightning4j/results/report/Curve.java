package io.github.lightning4j.results.report;

import java.util.List;

/**
 * A line of a figure.
 *
 * @param label at its end
 * @param colour number of its colour
 * @param strong whether it is what the figure is about
 * @param dashed whether it is a bound or a comparison
 * @param marked whether its points are marked
 * @param dots its points, from left to right
 */
record Curve(
        String label, int colour, boolean strong, boolean dashed, boolean marked, List<Dot> dots) {
    /** Number of the colour of gates and limits. */
    private static final int BOUND = 21;

    /** A gate or limit. */
    static Curve bound(String label, List<Dot> dots) {
        return new Curve(label, BOUND, false, true, false, dots);
    }

    /** A point. */
    record Dot(double x, double y) {}
}
