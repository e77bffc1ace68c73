package io.github.lightning4j.cli.results;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;

/**
 * What a sweep says of one device about the claim: softmax attention slows down with the length,
 * Lightning Attention-2 does not.
 *
 * @param device id of the device
 * @param clock by which clock
 * @param crossover the length from which Lightning Attention-2 is faster than softmax attention,
 *     between two measured lengths by a straight line through logarithms; 0: at every length; NaN:
 *     at none, or one of them was not measured
 * @param ratio how many times as many tokens a second Lightning Attention-2 does as softmax at the
 *     longest length of both; NaN without both
 * @param ratioTokens that length
 * @param spread the slowest over the fastest time per token of Lightning Attention-2 from {@value
 *     #FLAT_FROM} tokens up, less 1; NaN where there are fewer than two lengths
 */
public record Findings(
        String device,
        Clock clock,
        double crossover,
        double ratio,
        long ratioTokens,
        double spread) {
    /** Below so many tokens fixed costs of a call count. */
    public static final int FLAT_FROM = 4096;

    private static final String SOFTMAX = "softmax";
    private static final String LIGHTNING = "lightning-2";

    /**
     * Looks at a device, by every clock it has.
     *
     * @param results a sweep
     * @param device id of the device
     * @return what it says of it end to end, and then in kernels if the device has a clock
     */
    public static List<Findings> of(SweepResults results, String device) {
        return results.hasKernelTimes(device)
                ? List.of(of(results, device, Clock.CALLS), of(results, device, Clock.KERNELS))
                : List.of(of(results, device, Clock.CALLS));
    }

    /**
     * Looks at a device.
     *
     * @param results a sweep
     * @param device id of the device
     * @param clock by which clock
     * @return what it says of it
     */
    public static Findings of(SweepResults results, String device, Clock clock) {
        List<Point> lightning = timed(results.measured(device, LIGHTNING), clock);
        List<Point> softmax = timed(results.measured(device, SOFTMAX), clock);
        double crossover = Double.NaN;
        double ratio = Double.NaN;
        long ratioTokens = 0;
        double before = Double.NaN;
        for (Point slow : softmax) {
            Point fast = at(lightning, slow.tokens());
            if (fast == null) {
                continue;
            }
            ratio = clock.microsPerToken(slow) / clock.microsPerToken(fast);
            if (Double.isNaN(crossover) && ratio > 1) {
                crossover =
                        ratioTokens == 0
                                ? 0
                                : between(
                                        (double) ratioTokens,
                                        before,
                                        (double) slow.tokens(),
                                        ratio);
            } else if (ratio <= 1) {
                crossover = Double.NaN;
            }
            before = ratio;
            ratioTokens = slow.tokens();
        }
        double[] flat =
                lightning.stream()
                        .filter(p -> p.tokens() >= FLAT_FROM)
                        .mapToDouble(clock::microsPerToken)
                        .sorted()
                        .toArray();
        double spread = flat.length < 2 ? Double.NaN : flat[flat.length - 1] / flat[0] - 1;
        return new Findings(device, clock, crossover, ratio, ratioTokens, spread);
    }

    private static List<Point> timed(List<Point> points, Clock clock) {
        return points.stream().filter(p -> !Double.isNaN(clock.microsPerToken(p))).toList();
    }

    private static @Nullable Point at(List<Point> points, long tokens) {
        return points.stream().filter(p -> p.tokens() == tokens).findFirst().orElse(null);
    }

    /** Where the ratio is 1 on the line from (n0, r0 ≤ 1) to (n1, r1 > 1) in logarithms. */
    private static double between(double n0, double r0, double n1, double r1) {
        double part = -Math.log(r0) / (Math.log(r1) - Math.log(r0));
        return Math.exp(Math.log(n0) + part * (Math.log(n1) - Math.log(n0)));
    }

    /**
     * What can be said of a device, by every clock it has.
     *
     * @param results a sweep
     * @param device id of the device
     * @return sentences for each clock; empty where nothing can be said
     */
    public static List<String> inWords(SweepResults results, String device) {
        List<Findings> all = of(results, device);
        return all.stream()
                .filter(found -> !found.inWords().isEmpty())
                .map(found ->
                        all.size() == 1
                                ? found.inWords()
                                : (found.clock == Clock.KERNELS ? "In kernels: " : "End to end: ")
                                        + found.inWords())
                .toList();
    }

    /**
     * In a sentence or two.
     *
     * @return what can be said; empty where nothing can
     */
    public String inWords() {
        StringBuilder text = new StringBuilder();
        if (!Double.isNaN(ratio)) {
            text.append(
                    Double.isNaN(crossover)
                            ? "Lightning Attention-2 is not faster than softmax attention at the"
                                    + " lengths measured."
                            : crossover == 0
                                    ? "Lightning Attention-2 is faster than softmax attention at"
                                            + " every length measured"
                                    : "Lightning Attention-2 is faster than softmax attention from about %s tokens up"
                                            .formatted(rounded(crossover)));
            if (!Double.isNaN(crossover)) {
                text.append(
                        String.format(
                                Locale.ROOT,
                                ", %s times as fast at %,d.",
                                ratio >= 10
                                        ? Math.round(ratio)
                                        : String.format(Locale.ROOT, "%.1f", ratio),
                                ratioTokens));
            }
        }
        if (!Double.isNaN(spread)) {
            text.append(
                    String.format(
                            Locale.ROOT,
                            text.isEmpty()
                                    ? "From %,d tokens up the time per token of Lightning"
                                            + " Attention-2 varies by %.0f %%."
                                    : " From %,d tokens up its time per token varies by %.0f %%.",
                            FLAT_FROM,
                            100 * spread));
        }
        return text.toString();
    }

    private static String rounded(double tokens) {
        double step = Math.pow(10, Math.max(0, Math.floor(Math.log10(tokens)) - 1));
        return String.format(Locale.ROOT, "%,.0f", Math.round(tokens / step) * step);
    }
}
