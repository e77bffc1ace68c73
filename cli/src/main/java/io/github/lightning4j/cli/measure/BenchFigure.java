package io.github.lightning4j.cli.measure;

import io.github.lightning4j.Ceilings;
import io.github.lightning4j.cli.checks.Check;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What {@code lightning bench} measured of one pass; {@code --json} prints it under these names.
 * Rates are those of the median call.
 *
 * @param pass forward, forward+backward or decode
 * @param calls how many were timed
 * @param minMillis the shortest call
 * @param p5Millis 5 in 100 calls took no longer
 * @param p50Millis the median call
 * @param p95Millis 95 in 100 calls took no longer
 * @param kernelMillis the median of what kernels took by the device's clock, or null
 * @param tokensPerSecond tokens of all sequences a second
 * @param operations needed float operations of a call, see {@link Pass#work}
 * @param operationsPerSecond needed operations a second
 * @param bytes of a call, each tensor read or written once
 * @param bytesPerSecond those a second
 * @param ceilings what the hardware did at most just before, or null where that is not known
 * @param peakShare operations a second of the kernels, or of the calls where the device has no
 *     clock, over the multiply-add peak, or null
 * @param bandwidthShare their bytes a second over the read bandwidth of a working set of that many
 *     bytes, or null
 * @param checks errors of what was computed
 */
public record BenchFigure(
        String pass,
        int calls,
        double minMillis,
        double p5Millis,
        double p50Millis,
        double p95Millis,
        @Nullable Double kernelMillis,
        double tokensPerSecond,
        double operations,
        double operationsPerSecond,
        double bytes,
        double bytesPerSecond,
        @Nullable Ceilings ceilings,
        @Nullable Double peakShare,
        @Nullable Double bandwidthShare,
        List<Check> checks) {

    /** Rates from work and times, of which there is one at least. */
    static BenchFigure of(
            Pass pass,
            Pass.Work work,
            Timings timings,
            @Nullable Double kernelMillis,
            @Nullable Ceilings ceilings,
            List<Check> checks) {
        double seconds = timings.percentile(50) / 1e3;
        double flops = work.operations() / seconds;
        double bytes = work.bytes() / seconds;
        double busy = kernelMillis == null ? seconds : kernelMillis / 1e3;
        return new BenchFigure(
                pass.words(),
                timings.calls(),
                timings.min(),
                timings.percentile(5),
                timings.percentile(50),
                timings.percentile(95),
                kernelMillis,
                work.tokens() / seconds,
                work.operations(),
                flops,
                work.bytes(),
                bytes,
                ceilings,
                ceilings == null ? null : work.operations() / busy / ceilings.flops(),
                ceilings == null ? null : work.bytes() / busy / ceilings.readBytesPerSecond(),
                checks);
    }
}
