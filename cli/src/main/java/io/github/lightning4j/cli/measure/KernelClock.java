package io.github.lightning4j.cli.measure;

import io.github.lightning4j.LightningAttention;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What kernels take in each of many calls, where the device has a clock of its own. */
public final class KernelClock {
    private final LightningAttention attention;
    private final List<Double> nanos = new ArrayList<>();

    /** The clock of a device. */
    public KernelClock(LightningAttention attention) {
        this.attention = attention;
    }

    /** Makes a call. */
    public void around(Runnable call) {
        Duration before = attention.kernelTime().orElse(null);
        call.run();
        if (before != null) {
            attention
                    .kernelTime()
                    .ifPresent(after -> nanos.add((double) after.minus(before).toNanos()));
        }
    }

    /**
     * The median of the last {@code calls} calls in milliseconds, or null where there is no clock.
     */
    @Nullable Double median(int calls) {
        Timings timings = last(calls);
        return timings == null ? null : timings.percentile(50);
    }

    /** The last {@code calls} calls, or null where there is no clock, or one that stands still. */
    public @Nullable Timings last(int calls) {
        int size = nanos.size();
        if (size < calls || calls == 0) {
            return null;
        }
        double[] lasts =
                nanos.subList(size - calls, size).stream()
                        .mapToDouble(Double::doubleValue)
                        .toArray();
        return Arrays.stream(lasts).allMatch(n -> n > 0) ? Timings.ofNanos(lasts) : null;
    }
}
