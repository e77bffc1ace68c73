package io.github.lightning4j.results;

import io.github.lightning4j.io.MalformedDataException;

/**
 * How long a sweep measures each length.
 *
 * @param warmUpSeconds calls before the clock, at the least
 * @param seconds timed calls begin during this time
 * @param pointSeconds what the calls of a length may take together; a series ends where they would
 *     take longer
 */
public record PointBudget(double warmUpSeconds, double seconds, double pointSeconds) {
    private static final double MOST = 1e9;

    /** Reads those of a file. */
    static PointBudget read(Fields fields) throws MalformedDataException {
        PointBudget budget =
                new PointBudget(
                        fields.number("warmUpSeconds", 0, MOST),
                        fields.number("seconds", 0, MOST),
                        fields.number("pointSeconds", 1 / MOST, MOST));
        fields.end();
        return budget;
    }
}
