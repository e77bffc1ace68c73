package io.github.lightning4j.cli.results;

/** By which clock the time of a token is told. */
public enum Clock {
    /** End to end, with all copies between host and device. */
    CALLS {
        @Override
        public double microsPerToken(Point.Measured point) {
            return point.microsPerToken();
        }

        @Override
        public double spread(Point.Measured point) {
            return point.times().spread();
        }
    },

    /** By the device's own: kernels alone. */
    KERNELS {
        @Override
        public double microsPerToken(Point.Measured point) {
            return point.kernelMicrosPerToken();
        }

        @Override
        public double spread(Point.Measured point) {
            Point.KernelTimes kernel = point.kernel();
            return kernel == null || kernel.minMillis() == null || kernel.p95Millis() == null
                    ? Double.NaN
                    : (kernel.p95Millis() - kernel.minMillis()) / 2 / kernel.p50Millis();
        }
    };

    /**
     * The median time of a token.
     *
     * @param point a measured one
     * @return microseconds; NaN where this clock did not measure
     */
    public abstract double microsPerToken(Point.Measured point);

    /**
     * How far calls lie apart by this clock.
     *
     * @param point a measured one
     * @return half of what most calls lie between, over the median; NaN where it is not known
     */
    public abstract double spread(Point.Measured point);
}
