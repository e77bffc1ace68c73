package io.github.lightning4j.cli.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class SweepResultsTest {
    @TempDir private Path folder;

    @Test
    void whatIsWrittenIsReadAgain() throws Exception {
        SweepResults results = Sweeps.ordinary();
        Path file = folder.resolve("results.json");
        results.write(file);
        results.write(file);
        assertEquals(results, SweepResults.read(file));
        try (var files = Files.list(folder)) {
            assertEquals(List.of(file), files.toList(), "no drafts are left");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{}",
                "{\"schema\": \"lightning4j-sweep/2\", \"points\": []}",
                "{\"schema\": \"lightning4j-sweep/1\"}",
                "{\"schema\": \"lightning4j-sweep/1\", \"points\": 3}",
                "{\"schema\": \"lightning4j-sweep/1\", \"shape\": {}, \"budget\": {}, \"points\":"
                        + " [{\"outcome\": \"measured\"}]}"
            })
    void somethingElseIsRefusedByName(String text) {
        IOException e =
                assertThrows(IOException.class, () -> SweepResults.parse("some.json", text));
        assertTrue(e.getMessage().startsWith("some.json "), e::getMessage);
    }

    @Test
    void aPointTakesThePlaceOfTheSameOne() {
        Point again = Sweeps.point("cpu", "softmax", 1024, 1);
        SweepResults results = Sweeps.ordinary().with(again);
        assertEquals(Sweeps.ordinary().points().size(), results.points().size());
        assertTrue(results.points().contains(again));
    }

    @Test
    void theNumberOfTokensOfACallSaysTheBatch() throws Exception {
        SweepResults results = Sweeps.withKernels();
        SweepResults again = SweepResults.parse("again", results.json());
        assertEquals(results, again);
        assertEquals(32, again.shape().batchAt(1024));
        assertEquals(
                "32k tokens a call: B = 32k / N, H 8, D 64, E 64, f32", again.shape().inWords());
        String[] lines = Csv.of(again).split("\r\n");
        assertTrue(lines[0].endsWith(",passed,batch"), lines[0]);
        assertTrue(lines[1].endsWith(",true,32"), lines[1]);
        assertTrue(lines[lines.length - 1].endsWith(",true,2"), lines[lines.length - 1]);
    }

    @Test
    void filesOfBeforeThereWasANumberOfTokensOfACallAreRead() throws Exception {
        String json = Sweeps.ordinary().json();
        String old = json.replaceFirst("(,\\s+\"totalTokens\" : null)", "");
        assertTrue(old.length() < json.length(), json);
        SweepResults results = SweepResults.parse("old", old);
        assertEquals(Sweeps.ordinary(), results);
        assertEquals("B 1, H 8, D 64, E 64, f32", results.shape().inWords());
        assertEquals(1, results.shape().batchAt(1024));
    }

    @Test
    void onlyFailuresAndErrorsPastTheirGateFailASweep() {
        assertTrue(Sweeps.ordinary().passed());
        Point broken = Point.without("cpu", "softmax", 1, Point.FAILED, "it broke");
        assertFalse(Sweeps.ordinary().with(broken).passed());
    }

    @Test
    void theCrossoverLiesWhereTheCurvesMeet() {
        assertEquals(1, Findings.of(Sweeps.ordinary(), "cpu").size(), "it has no clock");
        Findings cpu = Findings.of(Sweeps.ordinary(), "cpu", Clock.CALLS);
        assertEquals(2000, cpu.crossover(), 1);
        assertEquals(8.192, cpu.ratio(), 1e-9);
        assertEquals(16_384, cpu.ratioTokens());
        assertEquals(0, cpu.spread(), 1e-12);
        assertEquals(
                "Lightning Attention-2 is faster than softmax attention from about 2,000 tokens up,"
                        + " 8.2 times as fast at 16,384. From 4,096 tokens up its time per token"
                        + " varies by 0 %.",
                cpu.inWords());
        Findings gpu = Findings.of(Sweeps.ordinary(), "gpu <0>", Clock.CALLS);
        assertTrue(Double.isNaN(gpu.crossover()));
        assertEquals(
                "From 4,096 tokens up the time per token of Lightning Attention-2 varies by 0 %.",
                gpu.inWords());
    }

    @Test
    void whereKernelsHaveAClockTheyAreFoundOutAboutToo() {
        List<Findings> gpu = Findings.of(Sweeps.withKernels(), "gpu");
        assertEquals(2, gpu.size());
        assertEquals(2000, gpu.getFirst().crossover(), 1);
        assertEquals(0, gpu.getLast().crossover(), "they cross below 1k");
        assertEquals(81.92 / 2, gpu.getLast().ratio(), 1e-9);
        assertEquals(0.1, gpu.getLast().spread(), 1e-12);
        assertEquals(
                List.of(
                        "End to end: Lightning Attention-2 is faster than softmax attention from"
                                + " about 2,000 tokens up, 8.2 times as fast at 16,384. From 4,096"
                                + " tokens up its time per token varies by 0 %.",
                        "In kernels: Lightning Attention-2 is faster than softmax attention at"
                                + " every length measured, 41 times as fast at 16,384. From 4,096"
                                + " tokens up its time per token varies by 10 %."),
                Findings.inWords(Sweeps.withKernels(), "gpu"));
    }

    @Test
    void cellsWithCommasAndQuotesAreQuoted() {
        String csv = Csv.of(Sweeps.ordinary());
        String[] lines = csv.split("\r\n");
        assertEquals(1 + Sweeps.ordinary().points().size(), lines.length);
        assertTrue(lines[0].startsWith("device,hardware,algorithm,tokens,outcome"), lines[0]);
        assertTrue(lines[1].startsWith("cpu,\"a device, of a kind\",softmax,1024,"), lines[1]);
        assertTrue(
                lines[lines.length - 1].contains("refused,\"no kernels & no \"\"hope\"\"\","), csv);
    }
}
