package io.github.lightning4j.spark;

import io.github.lightning4j.distributed.Phase;

import org.apache.spark.SparkContext;
import org.apache.spark.util.CollectionAccumulator;
import org.apache.spark.util.LongAccumulator;

import java.io.Serializable;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;

/** What tasks of each phase took, summed up by Spark: those too that ran twice. */
final class PhaseClocks {
    private final Map<Phase, Clock> clocks = new EnumMap<>(Phase.class);
    private final CollectionAccumulator<String> notices;

    PhaseClocks(SparkContext context) {
        notices = context.collectionAccumulator();
        for (Phase phase : Phase.values()) {
            clocks.put(
                    phase,
                    new Clock(
                            context.longAccumulator(),
                            context.longAccumulator(),
                            context.longAccumulator(),
                            notices));
        }
    }

    /**
     * The tasks of a phase.
     *
     * @param nanos what they took
     * @param kernels of it, what kernels took
     * @param unknown tasks whose device gave no time of kernels
     * @param notices what devices have to say
     */
    record Clock(
            LongAccumulator nanos,
            LongAccumulator kernels,
            LongAccumulator unknown,
            CollectionAccumulator<String> notices)
            implements Serializable {
        /** Counts a task. */
        void add(long taken, Optional<Duration> kernelTime) {
            nanos.add(taken);
            kernelTime.ifPresentOrElse(time -> kernels.add(time.toNanos()), () -> unknown.add(1L));
        }

        /** Keeps what a device has to say. */
        void notice(String text) {
            notices.add(text);
        }

        private long knownKernels() {
            return unknown.value() == 0 ? kernels.value() : 0;
        }
    }

    Clock of(Phase phase) {
        Clock clock = clocks.get(phase);
        if (clock == null) {
            throw new IllegalStateException("there is no " + phase);
        }
        return clock;
    }

    /** What tasks took, of the phases that there were. */
    Map<Phase, Duration> taskTimes() {
        return positive(clock -> clock.nanos.value());
    }

    /** What kernels took, of the phases in which every task gave a time. */
    Map<Phase, Duration> kernelTimes() {
        return positive(Clock::knownKernels);
    }

    /** What devices have to say, each once. */
    List<String> notices() {
        return notices.value().stream().distinct().sorted().toList();
    }

    private Map<Phase, Duration> positive(ToLongFunction<Clock> nanos) {
        Map<Phase, Duration> times = new EnumMap<>(Phase.class);
        clocks.forEach((phase, clock) -> {
            long value = nanos.applyAsLong(clock);
            if (value > 0) {
                times.put(phase, Duration.ofNanos(value));
            }
        });
        return times;
    }
}
