package io.github.lightning4j.cli.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.Ceilings;
import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.Device;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.cli.checks.Check;
import io.github.lightning4j.cli.checks.Problem;
import io.github.lightning4j.results.Pass;

import org.junit.jupiter.api.Test;

import java.util.List;

class BenchReportTest {
    private static final Work WORK = new Work(4e9, 2e9, 1000);
    private static final Timings TIMINGS = Timings.ofNanos(new double[] {3e8, 1e8, 2e8});

    private static final Device DEVICE =
            new Device("cpu:x", "a CPU\u001b[31m", Device.Kind.CPU, "details\nof it");

    private static BenchReport report(BenchFigure... figures) {
        Tensor ones = Tensor.allocate(DType.F32, 1, 2, 500, 8);
        Problem problem =
                new Problem(
                        AttentionConfig.builder(2, 8).decay(new Decay.None()).build(),
                        AttentionInputs.of(ones, ones, ones));
        return new BenchReport(
                "0", new Subject(DEVICE, problem), 48, 0, false, false, List.of(figures));
    }

    @Test
    void ratesAreThoseOfTheMedianCall() {
        Ceilings ceilings = new Ceilings(40e9, 50e9, 1 << 20, 2);
        BenchFigure figure =
                new BenchFigure(Pass.FORWARD, WORK, TIMINGS, null, ceilings, List.of());
        assertEquals(200.0, figure.fields("cpu").get("p50Millis"));
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
    void whatCannotBeIsMarkedAndExplainedForPeopleAndPrograms() {
        Timings apart = Timings.ofNanos(new double[] {2e8, 1e8, 20e8});
        Ceilings busy = new Ceilings(16e9, 1e9, 2_000_000_000, 2);
        BenchFigure figure = new BenchFigure(Pass.DECODE, WORK, apart, null, busy, List.of());
        List<String> notes =
                List.of(
                        "calls vary by ± 475 %: the median says little; measure again when the"
                                + " machine is idle",
                        "125 % of the peak is impossible: the peak was measured too low, because"
                                + " the machine was busy with other work",
                        "1000 % of the bandwidth is impossible: the bandwidth was measured too"
                                + " low, because the machine was busy with other work");
        assertEquals(notes, figure.fields("cpu:x").get("notes"));
        String text = report(figure).text();
        assertTrue(text.matches("(?s).* 125 % \\(!\\) .* 1000 % \\(!\\)\\R.*"), text);
        notes.forEach(note -> assertTrue(text.contains("decode note"), text));
        notes.forEach(note -> assertTrue(text.contains(note), text));
        BenchFigure cached =
                new BenchFigure(
                        Pass.DECODE,
                        WORK,
                        TIMINGS,
                        null,
                        new Ceilings(40e9, 5e9, 8_000_000_000L, 2),
                        List.of());
        assertEquals(
                List.of(
                        "200 % of the bandwidth comes from caches: a call moves 1907 MiB, and the"
                                + " bandwidth is that of reading 7629 MiB"),
                cached.fields("cpu:x").get("notes"));
        assertFalse(report(cached).text().contains("peak cannot"));
    }

    @Test
    void withoutCeilingsThereAreNoShares() {
        BenchFigure figure = new BenchFigure(Pass.DECODE, WORK, TIMINGS, null, null, List.of());
        assertNull(figure.peakShare());
        assertNull(figure.bandwidthShare());
        String text = report(figure).text();
        assertFalse(text.contains("ceilings"), text);
    }

    @Test
    void oneFailedCheckFailsTheReport() {
        Check good = Check.of("output", "x", "all", 1e-7, 1e-5);
        Check bad = Check.of("output", "x", "all", Double.NaN, 1e-5);
        BenchFigure right = new BenchFigure(Pass.FORWARD, WORK, TIMINGS, null, null, List.of(good));
        BenchFigure wrong =
                new BenchFigure(Pass.DECODE, WORK, TIMINGS, null, null, List.of(good, bad));
        assertTrue(report(right).passed());
        assertFalse(report(right, wrong).passed());
    }

    @Test
    void whatADeviceCallsItselfIsQuotedForPeopleAndWholeForPrograms() {
        BenchFigure figure = new BenchFigure(Pass.DECODE, WORK, TIMINGS, null, null, List.of());
        String first = report(figure).text().lines().findFirst().orElseThrow();
        assertEquals("device  cpu:x, a CPU\\u001b[31m, details\\nof it", first);
        assertEquals("a CPU\u001b[31m, details\nof it", report(figure).fields().get("hardware"));
    }

    @Test
    void fieldsOfTheDocumentKeepTheirNames() {
        Ceilings ceilings = new Ceilings(40e9, 50e9, 1 << 20, 2);
        BenchFigure figure = new BenchFigure(Pass.FORWARD, WORK, TIMINGS, 1.0, ceilings, List.of());
        assertEquals(
                "version algorithm device hardware batch heads tokens keyDim valueDim sequences"
                        + " dtype layout decay featureMap scale blockRows warmUpSeconds"
                        + " deviceTensors interrupted figures",
                String.join(" ", report(figure).fields().keySet()));
        assertEquals(
                "pass calls minMillis p5Millis p50Millis p95Millis kernelMillis tokensPerSecond"
                        + " operations operationsPerSecond bytes bytesPerSecond ceilings peakShare"
                        + " bandwidthShare notes checks",
                String.join(" ", figure.fields("cpu").keySet()));
    }
}
