package io.github.lightning4j.results;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;

/**
 * Points of one algorithm on one device, one at least.
 *
 * @param byLength measured and not, the shortest first
 */
public record Series(NavigableMap<Long, Point> byLength) {
    /** Id of the device. */
    public String device() {
        return byLength.firstEntry().getValue().device();
    }

    /** The algorithm by its name on the command line. */
    public String algorithm() {
        return byLength.firstEntry().getValue().algorithm();
    }

    /** All points, the shortest first. */
    public Collection<Point> points() {
        return byLength.values();
    }

    /** The points with figures, the shortest first. */
    public List<Point.Measured> measured() {
        return Point.measured(points()).toList();
    }

    /** The point of N tokens, or null. */
    public @Nullable Point at(long tokens) {
        return byLength.get(tokens);
    }

    /** The last point where it was not measured, which says why the series ended, else null. */
    public Point.@Nullable Unmeasured end() {
        return byLength.lastEntry().getValue() instanceof Point.Unmeasured end ? end : null;
    }
}
