package io.github.lightning4j.results;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.stream.Stream;

/**
 * One algorithm at one length on one device: measured, or why not. Its components, and those of the
 * records in it, are called as the fields of a file.
 */
public sealed interface Point {
    /** The outcome of a point with figures. */
    String MEASURED = "measured";

    /** The outcome of a point that would have been too slow or too large. */
    String STOPPED = "stopped";

    /** The outcome of a point that the device refused. */
    String REFUSED = "refused";

    /** The outcome of a point that broke. */
    String FAILED = "failed";

    /**
     * What tells a point from the others of a sweep.
     *
     * @param device id of the device
     * @param algorithm by its name on the command line
     * @param tokens N
     */
    record Id(String device, String algorithm, long tokens) {}

    /** What it is a point of, the same in every run of the sweep. */
    Id id();

    /** How it came out: one of the four. */
    String outcome();

    /** Id of the device. */
    default String device() {
        return id().device();
    }

    /** The algorithm by its name on the command line. */
    default String algorithm() {
        return id().algorithm();
    }

    /** N. */
    default long tokens() {
        return id().tokens();
    }

    /** Whether it has figures. */
    default boolean hasFigures() {
        return this instanceof Measured;
    }

    /** The points with figures, in their order. */
    static Stream<Measured> measured(Collection<Point> points) {
        return points.stream().filter(Measured.class::isInstance).map(Measured.class::cast);
    }

    /** A point without figures. */
    static Unmeasured without(
            String device, String algorithm, long tokens, String outcome, String reason) {
        return new Unmeasured(new Id(device, algorithm, tokens), outcome, reason);
    }

    /**
     * Where there are no figures.
     *
     * @param id what it is a point of
     * @param outcome stopped, refused or failed
     * @param reason why
     */
    record Unmeasured(Id id, String outcome, String reason) implements Point {}

    /**
     * Where there are figures.
     *
     * @param id what it is a point of
     * @param hardware the device in words
     * @param times of calls, end to end
     * @param kernel of calls in kernels, or null where the device has no clock
     * @param work of a call
     * @param peaks what the hardware did at most, or null where that is not known
     * @param memory while it was measured
     * @param accuracy of a sample, or null where nothing was compared
     */
    record Measured(
            Id id,
            String hardware,
            Times times,
            @Nullable KernelTimes kernel,
            Work work,
            @Nullable Peaks peaks,
            Memory memory,
            @Nullable Accuracy accuracy)
            implements Point {
        @Override
        public String outcome() {
            return MEASURED;
        }

        /** The median time of a token in microseconds, end to end. */
        public double microsPerToken() {
            return 1e6 / times.tokensPerSecond;
        }

        /** The same in kernels, without copies; NaN where the device has no clock of its own. */
        public double kernelMicrosPerToken() {
            return kernel == null
                    ? Double.NaN
                    : microsPerToken() * kernel.kernelMillis / times.p50Millis;
        }

        /** Needed operations a second, by what kernels took where the device has a clock. */
        public double operationsPerSecond() {
            double millis = kernel == null ? times.p50Millis : kernel.kernelMillis;
            return work.operations / (millis / 1e3);
        }

        /** Whether the error is past its gate; false too where nothing was compared. */
        public boolean isWrong() {
            return accuracy != null && !accuracy.passed();
        }
    }

    /**
     * What calls took, end to end.
     *
     * @param calls timed ones
     * @param minMillis the shortest
     * @param p5Millis 5 in 100 took no longer
     * @param p50Millis the median
     * @param p95Millis 95 in 100 took no longer
     * @param tokensPerSecond tokens of all sequences a second, by the median call
     */
    record Times(
            int calls,
            double minMillis,
            double p5Millis,
            double p50Millis,
            double p95Millis,
            double tokensPerSecond) {
        /** How far calls lie apart: half of what 90 of 100 lie between, over the median. */
        public double spread() {
            return (p95Millis - p5Millis) / 2 / p50Millis;
        }
    }

    /**
     * What kernels took, by the device's clock.
     *
     * @param kernelMinMillis in the call in which they took least, or null in files of before that
     *     was written down
     * @param kernelMillis in the median call
     * @param kernelP95Millis in 95 of 100 calls they took no longer, or null as kernelMinMillis
     */
    record KernelTimes(
            @Nullable Double kernelMinMillis,
            double kernelMillis,
            @Nullable Double kernelP95Millis) {
        /** How far calls lie apart: half of what they lie between, over the median, or NaN. */
        public double spread() {
            return kernelMinMillis == null || kernelP95Millis == null
                    ? Double.NaN
                    : (kernelP95Millis - kernelMinMillis) / 2 / kernelMillis;
        }
    }

    /**
     * What a call needs.
     *
     * @param operations float operations, a multiply-add counting two
     * @param bytes each tensor read or written once
     */
    record Work(double operations, double bytes) {}

    /**
     * What the hardware did at most.
     *
     * @param peakFlops multiply-add operations a second
     * @param peakBytesPerSecond bytes a second from main memory
     */
    record Peaks(double peakFlops, double peakBytesPerSecond) {
        /** Bytes that are read again and again to measure the latter: more than any cache has. */
        public static final long WORKING_SET = 256L << 20;
    }

    /**
     * Memory.
     *
     * @param hostBytes most resident of the process, or null where the system does not say
     * @param deviceBytes held on the device, or null where it has none of its own
     */
    record Memory(@Nullable Long hostBytes, @Nullable Long deviceBytes) {}

    /**
     * The result of a sample against the float64 definition.
     *
     * @param error relative L2 error; NaN where the result has one
     * @param gate the largest error that passes
     */
    record Accuracy(double error, double gate) {
        /** Whether the error is inside its gate; false for NaN. */
        public boolean passed() {
            return error <= gate;
        }
    }
}
