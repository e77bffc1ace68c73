package io.github.lightning4j.results;

import java.util.List;
import java.util.stream.Stream;

/**
 * What a sweep has of one device.
 *
 * @param device its id
 * @param number of the device in the sweep, from 0
 * @param series one for each algorithm, in the order of measuring
 */
public record DeviceResults(String device, int number, List<Series> series) {
    /** All points with figures, series by series, the shortest first. */
    public Stream<Point.Measured> measured() {
        return series.stream().flatMap(s -> Point.measured(s.points()));
    }

    /** Points with figures of an algorithm, by its name on the command line. */
    public Stream<Point.Measured> measured(String algorithm) {
        return measured().filter(point -> point.algorithm().equals(algorithm));
    }

    /** The device in words as its points say; empty where nothing was measured. */
    public String hardware() {
        return measured().map(Point.Measured::hardware).findFirst().orElse("");
    }

    /** Whether the device has a clock of its own: a point has the time of its kernels. */
    public boolean hasKernelTimes() {
        return measured().anyMatch(p -> p.kernel() != null);
    }
}
