package io.github.lightning4j.cli.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.Ceilings;
import io.github.lightning4j.cli.checks.Check;

import org.junit.jupiter.api.Test;

import java.util.List;

class BenchReportTest {
    private static final Pass.Work WORK = new Pass.Work(4e9, 2e9, 1000);
    private static final Timings TIMINGS = Timings.ofNanos(new double[] {3e8, 1e8, 2e8});

    private static BenchReport report(BenchFigure... figures) {
        return new BenchReport(
                "0",
                "lightning-2",
                "cpu",
                "a CPU",
                1,
                2,
                500,
                8,
                8,
                1,
                "f32",
                "heads-first",
                "none",
                "identity",
                1,
                48,
                0,
                false,
                List.of(figures));
    }

    @Test
    void ratesAreThoseOfTheMedianCall() {
        Ceilings ceilings = new Ceilings(40e9, 50e9, 1 << 20, 2);
        BenchFigure figure = BenchFigure.of(Pass.FORWARD, WORK, TIMINGS, null, ceilings, List.of());
        assertEquals(200, figure.p50Millis());
        assertEquals(5000, figure.tokensPerSecond());
        assertEquals(20e9, figure.operationsPerSecond());
        assertEquals(0.5, figure.peakShare());
        assertEquals(10e9, figure.bytesPerSecond());
        assertEquals(0.2, figure.bandwidthShare());
        String text = report(figure).text();
        assertTrue(text.contains("40.0 GFLOP/s of multiply-adds, 50.0 GB/s"), text);
        assertTrue(text.matches("(?s).*20.0 G +50 % +10.0 G +20 %.*"), text);
    }

    @Test
    void withoutCeilingsThereAreNoShares() {
        BenchFigure figure = BenchFigure.of(Pass.DECODE, WORK, TIMINGS, null, null, List.of());
        assertNull(figure.peakShare());
        assertNull(figure.bandwidthShare());
        String text = report(figure).text();
        assertFalse(text.contains("ceilings"), text);
    }

    @Test
    void oneFailedCheckFailsTheReport() {
        Check good = Check.of("output", "x", "all", 1e-7, 1e-5);
        Check bad = Check.of("output", "x", "all", Double.NaN, 1e-5);
        BenchFigure right = BenchFigure.of(Pass.FORWARD, WORK, TIMINGS, null, null, List.of(good));
        BenchFigure wrong =
                BenchFigure.of(Pass.DECODE, WORK, TIMINGS, null, null, List.of(good, bad));
        assertTrue(report(right).passed());
        assertFalse(report(right, wrong).passed());
    }
}
