package io.github.lightning4j.results.report;

import io.github.lightning4j.results.DeviceResults;
import io.github.lightning4j.results.Point;
import io.github.lightning4j.results.PointBudget;
import io.github.lightning4j.results.SweepResults;
import io.github.lightning4j.results.text.Numbers;

import java.util.Arrays;

/** How a sweep was measured, as far as its file says. */
final class SweepMethod {
    private static final int USUAL_CALLS = 3;

    private SweepMethod() {}

    /** A section of a page. */
    static String of(SweepResults results) {
        PointBudget budget = results.budget();
        String kernels =
                results.byDevice().stream().anyMatch(DeviceResults::hasKernelTimes)
                        ? "\nTimes in kernels are medians too, by the clock of the device."
                        : "";
        return """
        <section id="method">
        <h2>How it was measured</h2>
        <p><code>lightning bench</code> runs every algorithm on every device in a process of its own,
        at rising lengths, over the same standard normal tensors. At each length: calls without a
        clock for %s s at the least, timed calls for %s s%s. Figures are those of the median call, end to end, with
        all copies between host and device; ± is half of what lies between the 5th and the 95th
        percentile of the calls, which are the fastest and the slowest of a few.%s Operations are
        those the algorithm needs, the causal half only. A series ends before a length whose calls
        would take more than %s s, or that does not fit.</p>
        <p>Machines are often shared: compare figures of one run, and measure your own with
        <code>lightning bench --algorithms all --lengths 1k..256k --devices all -o results.json</code>
        and <code>lightning report results.json -o report.html</code>.</p>
        </section>
        """
                .formatted(
                        Numbers.tick(budget.warmUpSeconds()),
                        Numbers.tick(budget.seconds()),
                        calls(results),
                        kernels,
                        Numbers.tick(budget.pointSeconds()));
    }

    /** The fewest calls of a point, and how many points have fewer than usual. */
    private static String calls(SweepResults results) {
        int[] calls =
                Point.measured(results.points())
                        .mapToInt(point -> point.times().calls())
                        .sorted()
                        .toArray();
        if (calls.length == 0) {
            return "";
        }
        long few = Arrays.stream(calls).filter(count -> count < USUAL_CALLS).count();
        return few == 0
                ? ", %s of them at least".formatted(calls[0])
                : (", three at least, fewer where the point's time was used up (%s of %s"
                                + " points, %s)")
                        .formatted(
                                few,
                                calls.length,
                                calls[0] == 1 ? "1 call at least" : calls[0] + " calls at least");
    }
}
