package io.github.lightning4j.results;

/** By which clock the time of a token is told. */
public enum Clock {
    /** End to end, with all copies between host and device. */
    CALLS,

    /** By the device's own: kernels alone. */
    KERNELS;

    /** The median time of a token in microseconds; NaN where this clock did not measure. */
    double microsPerToken(Point.Measured point) {
        return switch (this) {
            case CALLS -> point.microsPerToken();
            case KERNELS -> point.kernelMicrosPerToken();
        };
    }

    /** How far calls lie apart by this clock: half of most of them over the median, or NaN. */
    double spread(Point.Measured point) {
        return switch (this) {
            case CALLS -> point.times().spread();
            case KERNELS -> point.kernel() == null ? Double.NaN : point.kernel().spread();
        };
    }
}
