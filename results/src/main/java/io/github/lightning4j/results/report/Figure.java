package io.github.lightning4j.results.report;

import java.util.List;

/**
 * A chart with logarithmic axes and its table.
 *
 * @param id unique on a page
 * @param title what it shows
 * @param summary the same in a sentence or two, for those who do not see it too
 * @param x the horizontal axis
 * @param y the vertical axis
 * @param curves the lines
 * @param grid the figures
 */
record Figure(
        String id, String title, String summary, Axis x, Axis y, List<Curve> curves, Grid grid) {
    /**
     * An axis.
     *
     * @param label what it measures, with its unit
     * @param ticks where it has ticks; empty: at powers of ten
     */
    record Axis(String label, List<Tick> ticks) {}

    /** A tick. */
    record Tick(double at, String label) {}
}
