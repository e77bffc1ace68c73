package io.github.lightning4j.distributed;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** What kernels took in each phase, on all devices together. Not thread-safe. */
final class KernelTimes {
    private final Map<Phase, Duration> sums = new EnumMap<>(Phase.class);
    private final Set<Phase> unknown = EnumSet.noneOf(Phase.class);

    /** Counts a task; null where its device gave no time. */
    void add(Phase phase, @Nullable Duration time) {
        if (time == null) {
            unknown.add(phase);
        } else {
            sums.merge(phase, time, Duration::plus);
        }
    }

    /** The sums of those phases of which every task gave a time. */
    Map<Phase, Duration> known() {
        Map<Phase, Duration> known = new EnumMap<>(sums);
        known.keySet().removeAll(unknown);
        return known;
    }
}
