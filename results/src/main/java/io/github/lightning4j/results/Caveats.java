package io.github.lightning4j.results;

import io.github.lightning4j.results.text.Numbers;

import java.util.Optional;

/**
 * What is said beside figures that are impossible, or that vary so much that they say little. Most
 * are due to other work on the machine: it lowers a ceiling that is measured meanwhile, and what is
 * measured afterwards then seems to exceed it.
 */
public final class Caveats {
    /** How impossible figures are marked. */
    public static final String MARK = " (!)";

    /** A share that is rounded to more than 100 %. */
    private static final double MOST = 1.005;

    /**
     * Half the width of the interval of 90 % of the calls, over their median, that gets a caveat.
     */
    private static final double WIDE = 0.5;

    private Caveats() {}

    /** Whether a share of a ceiling, NaN where it is not known, is above a rounded 100 %. */
    public static boolean isImpossible(double share) {
        return share > MOST;
    }

    /** A share as a percentage, marked if it is impossible. */
    public static String share(double share) {
        return Numbers.percent(share) + (isImpossible(share) ? MARK : "");
    }

    /**
     * Why more than a ceiling of a device can have been reached: a CPU's own is only measured too
     * low under load; on others it is what a compiler makes of the kernel that measures it.
     *
     * @param device its id
     * @return the end of a sentence
     */
    public static String tooLow(String device) {
        return "measured too low, because the machine was busy with other work"
                + (device.startsWith("cpu")
                        ? ""
                        : " or because the device's compiler made too little of the kernel that"
                                + " measures it, as it does on CPUs under OpenCL");
    }

    /**
     * How more than the peak of a device is possible after all.
     *
     * @param device its id
     * @return words behind "impossible", or none
     */
    public static String unlessTensorCores(String device) {
        return device.startsWith("cpu") ? "" : " other than by tensor cores, which it leaves aside";
    }

    /**
     * Why more than the peak of multiply-adds was reached. Only needed operations are counted, so
     * the peak must be wrong, unless tensor cores computed: it is one of float32 arithmetic. Empty
     * where the share can be.
     *
     * @param device its id
     */
    public static Optional<String> ofPeak(double share, String device) {
        return isImpossible(share)
                ? Optional.of(
                        "%s of the peak is impossible%s: the peak was %s"
                                .formatted(
                                        Numbers.percent(share),
                                        unlessTensorCores(device),
                                        tooLow(device)))
                : Optional.empty();
    }

    /**
     * Why more than the bandwidth was reached: caches hold what is smaller than the working set
     * that was read to measure it; what is not smaller was compared with the same caches. Empty
     * where the share can be.
     *
     * @param bytes that a call reads and writes
     * @param workingSetBytes that were read again and again to measure the bandwidth
     * @param device its id
     */
    public static Optional<String> ofBandwidth(
            double share, double bytes, long workingSetBytes, String device) {
        if (!isImpossible(share)) {
            return Optional.empty();
        }
        String of = Numbers.percent(share) + " of the bandwidth ";
        return Optional.of(
                isCached(bytes, workingSetBytes)
                        ? of
                                + "comes from caches: a call moves "
                                + Numbers.bytes((long) bytes)
                                + ", and the bandwidth is that of reading "
                                + Numbers.bytes(workingSetBytes)
                        : of + "is impossible: the bandwidth was " + tooLow(device));
    }

    /**
     * Whether caches may hold what a call moves, though not what the bandwidth was measured with.
     */
    public static boolean isCached(double bytes, long workingSetBytes) {
        return bytes <= workingSetBytes / 2.0;
    }

    /** Whether calls lie so far apart that their median says little: more than {@value #WIDE}. */
    public static boolean isWide(double spread) {
        return spread > WIDE;
    }

    /** What is to be said of a median whose calls lie far apart; empty where they do not. */
    public static Optional<String> ofSpread(double spread) {
        return isWide(spread)
                ? Optional.of(
                        ("calls vary by ± %s: the median says little; measure again when"
                                        + " the machine is idle")
                                .formatted(Numbers.percent(spread)))
                : Optional.empty();
    }
}
