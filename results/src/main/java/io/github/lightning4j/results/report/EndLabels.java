package io.github.lightning4j.results.report;

import java.awt.geom.Line2D;
import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Places for the labels of curves: right of those that reach the right edge, one under the other;
 * near the end of those that stop before, where the fewest lines and labels are.
 */
final class EndLabels {
    private static final double LINE = 14;
    private static final double ASCENT = 10;
    private static final double GAP = 8;
    private static final double EDGE = 12;
    private static final double FAR = 66;
    private static final double STEP = 3;

    /** From the middle of the lowest label to the axis, under which its own labels are. */
    private static final double ABOVE_AXIS = 5;

    /** Costs, in pixels that a label rather moves. */
    private static final double OF_A_LINE = 40;

    private static final double OF_A_LABEL = 400;
    private static final double OF_ANOTHER_SIDE = 10;

    private final Rectangle2D plot;
    private final Rectangle2D whole;
    private final List<Drawn> curves;
    private final List<Rectangle2D> taken = new ArrayList<>();

    /**
     * A curve on the canvas.
     *
     * @param curve with its label; an empty one is not placed
     * @param width of the label in pixels
     * @param points in pixels, from left to right
     */
    record Drawn(Curve curve, double width, List<Point2D> points) {
        private Point2D end() {
            return points.getLast();
        }
    }

    /** A label's curve, and where its text begins: left end of the base line. */
    record Place(Curve curve, double x, double y) {}

    private EndLabels(Rectangle2D plot, Rectangle2D whole, List<Drawn> curves) {
        this.plot = plot;
        this.whole = whole;
        this.curves = curves;
    }

    /** Places for all labels, inside a canvas. */
    static List<Place> of(Rectangle2D plot, Rectangle2D whole, List<Drawn> curves) {
        return new EndLabels(plot, whole, curves).places();
    }

    private List<Place> places() {
        List<Drawn> atEdge = new ArrayList<>();
        List<Drawn> inside = new ArrayList<>();
        for (Drawn drawn : curves) {
            if (!drawn.curve().label().isEmpty()) {
                (drawn.end().getX() >= plot.getMaxX() - EDGE ? atEdge : inside).add(drawn);
            }
        }
        atEdge.sort(Comparator.comparingDouble(d -> d.end().getY()));
        inside.sort(Comparator.comparingDouble(d -> -d.end().getX()));
        double[] y =
                apart(
                        atEdge.stream().mapToDouble(d -> d.end().getY()).toArray(),
                        plot.getMaxY() - ABOVE_AXIS);
        List<Place> places = new ArrayList<>();
        for (int i = 0; i < y.length; i++) {
            Drawn drawn = atEdge.get(i);
            double x = Math.min(drawn.end().getX() + GAP, plot.getMaxX() + GAP / 2);
            places.add(take(drawn, box(drawn, x, y[i])));
        }
        inside.forEach(drawn -> places.add(take(drawn, best(drawn))));
        return places;
    }

    private Place take(Drawn drawn, Rectangle2D box) {
        taken.add(box);
        return new Place(drawn.curve(), box.getMinX(), box.getMinY() + ASCENT);
    }

    /** Around a text whose middle is at a height. */
    private static Rectangle2D box(Drawn drawn, double x, double middle) {
        return new Rectangle2D.Double(x, middle - ASCENT + 4, drawn.width(), LINE);
    }

    /** The cheapest place beside, above or below an end. */
    private Rectangle2D best(Drawn drawn) {
        double end = drawn.end().getX();
        Rectangle2D best = box(drawn, end + GAP, drawn.end().getY());
        double least = Double.POSITIVE_INFINITY;
        double[] sides = {end + GAP, end - drawn.width() / 2, end - drawn.width() - GAP};
        for (int side = 0; side < sides.length; side++) {
            for (double moved = -FAR; moved <= FAR; moved += STEP) {
                Rectangle2D box = box(drawn, sides[side], drawn.end().getY() + moved);
                double cost = side * OF_ANOTHER_SIDE + Math.abs(moved) + cost(box);
                if (isFree(box) && cost < least) {
                    least = cost;
                    best = box;
                }
            }
        }
        return best;
    }

    private boolean isFree(Rectangle2D box) {
        return box.getMinX() >= plot.getMinX()
                && box.getMaxX() <= whole.getMaxX()
                && box.getMinY() >= plot.getMinY() - LINE / 2
                && box.getMaxY() <= plot.getMaxY();
    }

    private double cost(Rectangle2D box) {
        double cost = OF_A_LABEL * taken.stream().filter(box::intersects).count();
        for (Drawn drawn : curves) {
            List<Point2D> points = drawn.points();
            for (int i = 0; i < points.size(); i++) {
                Line2D piece = new Line2D.Double(points.get(Math.max(0, i - 1)), points.get(i));
                cost += piece.intersects(box) ? OF_A_LINE : 0;
            }
        }
        return cost;
    }

    /** Moves sorted places apart, as little as a few rounds of pushing do. */
    private static double[] apart(double[] y, double most) {
        for (int round = 0; round < 200; round++) {
            for (int i = 1; i < y.length; i++) {
                double overlap = LINE - (y[i] - y[i - 1]);
                if (overlap > 0) {
                    y[i - 1] -= overlap / 2;
                    y[i] += overlap / 2;
                }
            }
            for (int i = 0; i < y.length; i++) {
                y[i] = Math.clamp(y[i], LINE, most);
            }
        }
        return y;
    }
}
