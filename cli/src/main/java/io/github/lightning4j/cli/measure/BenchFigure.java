package io.github.lightning4j.cli.measure;

import io.github.lightning4j.Ceilings;
import io.github.lightning4j.cli.checks.Check;
import io.github.lightning4j.results.Caveats;
import io.github.lightning4j.results.Pass;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code lightning bench} measured of one pass. Rates are those of the median call.
 *
 * @param pass what was timed
 * @param work what a call needs
 * @param timings of the calls, of which there is one at least
 * @param kernelMillis the median of what kernels took by the device's clock, or null
 * @param ceilings what the hardware did at most just before, or null where that is not known
 * @param checks errors of what was computed
 */
public record BenchFigure(
        Pass pass,
        Work work,
        Timings timings,
        @Nullable Double kernelMillis,
        @Nullable Ceilings ceilings,
        List<Check> checks) {

    private double seconds() {
        return timings.percentile(50) / 1e3;
    }

    /** Tokens of all sequences a second. */
    double tokensPerSecond() {
        return work.tokens() / seconds();
    }

    /** Needed float operations a second. */
    double operationsPerSecond() {
        return work.operations() / seconds();
    }

    /** Bytes a second, each tensor read or written once. */
    double bytesPerSecond() {
        return work.bytes() / seconds();
    }

    /** Seconds of the kernels, or of the calls where the device has no clock. */
    private double busy() {
        return kernelMillis == null ? seconds() : kernelMillis / 1e3;
    }

    /** Operations a second of the kernels over the multiply-add peak, or null. */
    @Nullable Double peakShare() {
        return ceilings == null ? null : work.operations() / busy() / ceilings.flops();
    }

    /** Their bytes a second over the read bandwidth of so large a working set, or null. */
    @Nullable Double bandwidthShare() {
        return ceilings == null ? null : work.bytes() / busy() / ceilings.readBytesPerSecond();
    }

    /** What is to be said beside the figures: shares above what is possible, calls far apart. */
    List<String> notes(String device) {
        double spread = (timings.percentile(95) - timings.percentile(5)) / 2;
        List<String> notes = new ArrayList<>();
        Caveats.ofSpread(spread / timings.percentile(50)).ifPresent(notes::add);
        Double peak = peakShare();
        if (peak != null) {
            Caveats.ofPeak(peak, device).ifPresent(notes::add);
        }
        Double bandwidth = bandwidthShare();
        if (bandwidth != null && ceilings != null) {
            Caveats.ofBandwidth(bandwidth, work.bytes(), ceilings.workingSetBytes(), device)
                    .ifPresent(notes::add);
        }
        return notes;
    }

    /** For programs: what {@code --json} prints of it; what is not known is not there. */
    Map<String, Object> fields(String device) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("pass", pass.words());
        fields.put("calls", timings.calls());
        fields.put("minMillis", timings.min());
        fields.put("p5Millis", timings.percentile(5));
        fields.put("p50Millis", timings.percentile(50));
        fields.put("p95Millis", timings.percentile(95));
        putKnown(fields, "kernelMillis", kernelMillis);
        fields.put("tokensPerSecond", tokensPerSecond());
        fields.put("operations", work.operations());
        fields.put("operationsPerSecond", operationsPerSecond());
        fields.put("bytes", work.bytes());
        fields.put("bytesPerSecond", bytesPerSecond());
        putKnown(fields, "ceilings", ceilings);
        putKnown(fields, "peakShare", peakShare());
        putKnown(fields, "bandwidthShare", bandwidthShare());
        fields.put("notes", notes(device));
        fields.put("checks", checks);
        return fields;
    }

    private static void putKnown(Map<String, Object> fields, String name, @Nullable Object value) {
        if (value != null) {
            fields.put(name, value);
        }
    }
}
