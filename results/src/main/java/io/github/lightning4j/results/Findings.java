package io.github.lightning4j.results;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

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
 * @param calls how far calls of a length lie apart at the most, as {@link Clock#spread}, of the
 *     lengths that this rests on; 0 where it is not known
 */
public record Findings(
        String device,
        Clock clock,
        double crossover,
        double ratio,
        long ratioTokens,
        double spread,
        double calls) {
    /** Below this many tokens fixed costs of a call count. */
    public static final int FLAT_FROM = 4096;

    private static final String SOFTMAX = "softmax";
    private static final String LIGHTNING = "lightning-2";

    /** What a device says end to end, and then in kernels if it has a clock. */
    public static List<Findings> of(DeviceResults device) {
        return device.hasKernelTimes()
                ? List.of(of(device, Clock.CALLS), of(device, Clock.KERNELS))
                : List.of(of(device, Clock.CALLS));
    }

    /** What a device says by one clock. */
    public static Findings of(DeviceResults device, Clock clock) {
        SortedMap<Long, Double> lightning = times(device, LIGHTNING, clock);
        SortedMap<Long, Double> softmax = times(device, SOFTMAX, clock);
        double crossover = Double.NaN;
        double ratio = Double.NaN;
        long ratioTokens = 0;
        double before = Double.NaN;
        for (Map.Entry<Long, Double> slow : softmax.entrySet()) {
            long tokens = slow.getKey();
            Double fast = lightning.get(tokens);
            if (fast == null) {
                continue;
            }
            ratio = slow.getValue() / fast;
            if (Double.isNaN(crossover) && ratio > 1) {
                crossover =
                        ratioTokens == 0
                                ? 0
                                : between((double) ratioTokens, before, (double) tokens, ratio);
            } else if (ratio <= 1) {
                crossover = Double.NaN;
            }
            before = ratio;
            ratioTokens = tokens;
        }
        double[] flat =
                lightning.tailMap((long) FLAT_FROM).values().stream()
                        .mapToDouble(Double::doubleValue)
                        .sorted()
                        .toArray();
        double spread = flat.length < 2 ? Double.NaN : flat[flat.length - 1] / flat[0] - 1;
        double calls = Math.max(calls(device, SOFTMAX, clock), calls(device, LIGHTNING, clock));
        return new Findings(device.device(), clock, crossover, ratio, ratioTokens, spread, calls);
    }

    /** Times of a token by length, where the clock knows them. */
    private static SortedMap<Long, Double> times(
            DeviceResults device, String algorithm, Clock clock) {
        SortedMap<Long, Double> times = new TreeMap<>();
        device.measured(algorithm)
                .forEach(point -> times.put(point.tokens(), clock.microsPerToken(point)));
        times.values().removeIf(micros -> Double.isNaN(micros));
        return times;
    }

    /** The most that calls of a length vary, from where fixed costs of a call do not count. */
    private static double calls(DeviceResults device, String algorithm, Clock clock) {
        return device.measured(algorithm)
                .filter(point -> point.tokens() >= FLAT_FROM)
                .mapToDouble(clock::spread)
                .filter(spread -> !Double.isNaN(spread))
                .max()
                .orElse(0);
    }

    /** Where the ratio is 1 on the line from (n0, r0 ≤ 1) to (n1, r1 > 1) in logarithms. */
    private static double between(double n0, double r0, double n1, double r1) {
        double part = -Math.log(r0) / (Math.log(r1) - Math.log(r0));
        return Math.exp(Math.log(n0) + part * (Math.log(n1) - Math.log(n0)));
    }

    /** Sentences about a device for each clock it has; empty where nothing can be said. */
    public static List<String> inWords(DeviceResults device) {
        List<Findings> all = of(device);
        return all.stream()
                .filter(found -> !found.inWords().isEmpty())
                .map(found ->
                        all.size() == 1
                                ? found.inWords()
                                : (found.clock == Clock.KERNELS ? "In kernels: " : "End to end: ")
                                        + found.inWords())
                .toList();
    }

    /** What can be said, in a sentence or two; empty where nothing can. */
    public String inWords() {
        StringBuilder text = new StringBuilder();
        if (!Double.isNaN(ratio)) {
            text.append("Lightning Attention-2 is ")
                    .append(Double.isNaN(crossover) ? "not faster" : "faster")
                    .append(" than softmax attention ");
            if (Double.isNaN(crossover)) {
                text.append("at the lengths measured.");
            } else {
                text.append(
                        String.format(
                                Locale.ROOT,
                                "%s, %s times as fast at %,d.",
                                crossover == 0
                                        ? "at every length measured"
                                        : "from about " + rounded(crossover) + " tokens up",
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
        if (!text.isEmpty() && Caveats.isWide(calls)) {
            text.append(
                    String.format(
                            Locale.ROOT,
                            " Calls behind this vary by up to ± %.0f %%: it says little; measure"
                                    + " again when the machine is idle.",
                            100 * calls));
        }
        return text.toString();
    }

    private static String rounded(double tokens) {
        double step = Math.pow(10, Math.max(0, Math.floor(Math.log10(tokens)) - 1));
        return String.format(Locale.ROOT, "%,.0f", Math.round(tokens / step) * step);
    }
}
