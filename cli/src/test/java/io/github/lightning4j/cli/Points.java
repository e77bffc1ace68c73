package io.github.lightning4j.cli;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.github.lightning4j.results.Point;

/** What tests expect of points: figures, or a reason why there are none. */
final class Points {
    private Points() {}

    /** A point of which the test expects figures. */
    static Point.Measured measured(Point point) {
        return assertInstanceOf(Point.Measured.class, point);
    }

    /** Why there are no figures, of which the test expects none. */
    static String reason(Point point) {
        return assertInstanceOf(Point.Unmeasured.class, point).reason();
    }
}
