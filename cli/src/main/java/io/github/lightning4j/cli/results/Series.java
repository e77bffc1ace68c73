package io.github.lightning4j.cli.results;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Points of one algorithm on one device, the shortest first. Immutable. */
public final class Series {
    private final String device;
    private final String algorithm;
    private final List<Point> points;
    private final List<Point.Measured> measured;
    private final Map<Long, Point> byLength = new HashMap<>();

    /**
     * A series.
     *
     * @param points of one device and algorithm, one at least, the shortest first
     */
    Series(List<Point> points) {
        this.device = points.getFirst().device();
        this.algorithm = points.getFirst().algorithm();
        this.points = List.copyOf(points);
        this.measured =
                points.stream()
                        .filter(Point.Measured.class::isInstance)
                        .map(Point.Measured.class::cast)
                        .toList();
        points.forEach(point -> byLength.put(point.tokens(), point));
    }

    /**
     * The device.
     *
     * @return its id
     */
    public String device() {
        return device;
    }

    /**
     * The algorithm.
     *
     * @return its name on the command line
     */
    public String algorithm() {
        return algorithm;
    }

    /**
     * All points.
     *
     * @return measured and not, the shortest first
     */
    public List<Point> points() {
        return points;
    }

    /**
     * The points with figures.
     *
     * @return measured points, the shortest first
     */
    public List<Point.Measured> measured() {
        return measured;
    }

    /**
     * A point.
     *
     * @param tokens N
     * @return the point of that length, or null
     */
    public @Nullable Point at(long tokens) {
        return byLength.get(tokens);
    }

    /**
     * Why it ended where it did.
     *
     * @return the last point, where it was not measured, else null
     */
    public Point.@Nullable Unmeasured end() {
        return points.getLast() instanceof Point.Unmeasured end ? end : null;
    }
}
