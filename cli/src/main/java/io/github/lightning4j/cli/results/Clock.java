package io.github.lightning4j.cli.results;

/** By which clock the time of a token is told. */
public enum Clock {
    /** End to end, with all copies between host and device. */
    CALLS {
        @Override
        public double microsPerToken(Point.Measured point) {
            return point.microsPerToken();
        }
    },

    /** By the device's own: kernels alone. */
    KERNELS {
        @Override
        public double microsPerToken(Point.Measured point) {
            return point.kernelMicrosPerToken();
        }
    };

    /**
     * The median time of a token.
     *
     * @param point a measured one
     * @return microseconds; NaN where this clock did not measure
     */
    public abstract double microsPerToken(Point.Measured point);
}
