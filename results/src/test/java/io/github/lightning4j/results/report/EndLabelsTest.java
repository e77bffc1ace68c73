package io.github.lightning4j.results.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;
import java.util.List;

class EndLabelsTest {
    private static final Rectangle2D PLOT = new Rectangle2D.Double(50, 20, 300, 200);
    private static final Rectangle2D WHOLE = new Rectangle2D.Double(0, 0, 450, 260);

    private static EndLabels.Drawn curve(String label, double... xy) {
        List<Point2D> points = new java.util.ArrayList<>();
        for (int i = 0; i < xy.length; i += 2) {
            points.add(new Point2D.Double(xy[i], xy[i + 1]));
        }
        return new EndLabels.Drawn(
                new Curve(label, 1, false, false, true, List.of()), 60, List.copyOf(points));
    }

    private static Rectangle2D box(EndLabels.Place place) {
        return new Rectangle2D.Double(place.x(), place.y() - 10, 60, 14);
    }

    @Test
    void aLabelOfACurveThatStopsIsNotOnALineThatGoesOn() {
        List<EndLabels.Place> places =
                EndLabels.of(
                        PLOT,
                        WHOLE,
                        List.of(
                                curve("short", 60, 100, 150, 100),
                                curve("long", 60, 100, 350, 100)));
        assertEquals(2, places.size());
        EndLabels.Place inner =
                places.stream().filter(p -> p.curve().label().equals("short")).findFirst().get();
        assertFalse(box(inner).intersectsLine(60, 100, 350, 100), inner.toString());
        assertTrue(Math.abs(inner.y() - 100) < 30, "but near it: " + inner);
    }

    @Test
    void labelsOfCurvesThatEndTogetherAreApartAndInside() {
        List<EndLabels.Place> places =
                EndLabels.of(
                        PLOT,
                        WHOLE,
                        List.of(
                                curve("a", 60, 50, 350, 215),
                                curve("b", 60, 60, 350, 216),
                                curve("c", 60, 70, 200, 215),
                                curve("d", 60, 80, 200, 214),
                                curve("", 60, 80, 200, 90)));
        assertEquals(4, places.size());
        for (EndLabels.Place one : places) {
            assertTrue(WHOLE.contains(box(one)), one.toString());
            for (EndLabels.Place other : places) {
                assertTrue(one == other || !box(one).intersects(box(other)), one + ", " + other);
            }
        }
    }
}
