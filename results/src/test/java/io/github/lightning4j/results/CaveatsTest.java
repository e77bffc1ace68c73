package io.github.lightning4j.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;

class CaveatsTest {
    private static final long MIB = 1 << 20;

    @Test
    void whatRoundsToAllOfACeilingIsPossible() {
        for (double share : new double[] {0, 0.5, 1, 1.004, Double.NaN}) {
            assertFalse(Caveats.isImpossible(share), "" + share);
            assertEquals(Optional.empty(), Caveats.ofPeak(share, "cpu"));
            assertEquals(Optional.empty(), Caveats.ofBandwidth(share, MIB, 256 * MIB, "cpu"));
        }
        assertEquals("100 %", Caveats.share(1.004));
        assertEquals("122 % (!)", Caveats.share(1.22));
    }

    @Test
    void aPeakIsExceededBecauseItWasMeasuredUnderLoad() {
        assertEquals(
                "122 % of the peak is impossible: the peak was measured too low, because the"
                        + " machine was busy with other work",
                Caveats.ofPeak(1.22, "cpu:vector512").orElseThrow());
    }

    @Test
    void aBandwidthIsExceededByCachesWhereTheyMayHoldWhatACallMoves() {
        assertEquals(
                "6500 % of the bandwidth comes from caches: a call moves 2 MiB, and the bandwidth"
                        + " is that of reading 256 MiB",
                Caveats.ofBandwidth(65, 2 * MIB, 256 * MIB, "cpu").orElseThrow());
        String load =
                "6500 % of the bandwidth is impossible: the bandwidth was measured too low,"
                        + " because the machine was busy with other work";
        assertEquals(load, Caveats.ofBandwidth(65, 2 * MIB, 2 * MIB, "cpu").orElseThrow());
        assertEquals(load, Caveats.ofBandwidth(65, 300 * MIB, 256 * MIB, "cpu").orElseThrow());
    }

    /** The peak of a GPU is one of float32 arithmetic. */
    @Test
    void tensorCoresExceedThePeak() {
        String words = Caveats.ofPeak(1.49, "tornado:cuda:0").orElseThrow();
        assertTrue(
                words.startsWith(
                        "149 % of the peak is impossible other than by tensor cores, which it"
                                + " leaves aside: the peak was measured too low,"),
                words);
    }

    /** PoCL made loops of what measures the peak, and vectors of what is measured. */
    @Test
    void aPeakOfAnotherDeviceMayAlsoBeThatOfItsCompiler() {
        for (String words :
                List.of(
                        Caveats.ofPeak(1.35, "tornado:opencl:1").orElseThrow(),
                        Caveats.ofBandwidth(2, 256 * MIB, 256 * MIB, "tornado:opencl:1")
                                .orElseThrow())) {
            assertTrue(
                    words.endsWith(
                            " busy with other work or because the device's compiler made too"
                                    + " little of the kernel that measures it, as it does on CPUs"
                                    + " under OpenCL"),
                    words);
        }
    }

    @Test
    void callsFarApartAreTold() {
        assertEquals(Optional.empty(), Caveats.ofSpread(0.5));
        assertEquals(
                "calls vary by ± 400 %: the median says little; measure again when the machine is"
                        + " idle",
                Caveats.ofSpread(4).orElseThrow());
    }

    /** Ten times the median at the 95th percentile. */
    private static SweepResults unsteady() {
        List<Point> points =
                Sweeps.ordinary().points().stream()
                        .map(point ->
                                point instanceof Point.Measured it && it.tokens() == 8192
                                        ? unsteady(it)
                                        : point)
                        .toList();
        return Sweeps.of(points);
    }

    private static Point unsteady(Point.Measured it) {
        Point.Times t = it.times();
        return new Point.Measured(
                it.id(),
                it.hardware(),
                new Point.Times(
                        t.calls(),
                        t.minMillis(),
                        t.p50Millis(),
                        t.p50Millis(),
                        9 * t.p50Millis(),
                        t.tokensPerSecond()),
                it.kernel(),
                it.work(),
                it.peaks(),
                it.memory(),
                it.accuracy());
    }

    @Test
    void aHeadlineOnCallsFarApartSaysSo() {
        String words = String.join(" ", Findings.inWords(Sweeps.device(unsteady(), "cpu")));
        assertTrue(
                words.endsWith(
                        " Calls behind this vary by up to ± 400 %: it says little; measure again"
                                + " when the machine is idle."),
                words);
        String steady = String.join(" ", Findings.inWords(Sweeps.device(Sweeps.ordinary(), "cpu")));
        assertFalse(steady.contains("vary"), steady);
    }
}
