package io.github.lightning4j.cli.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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

    /** Nor does one that is killed while it writes leave nothing at all. */
    @Test
    void theFileIsThereAtAnyTimeWhileItIsReplaced() throws Exception {
        SweepResults results = Sweeps.ordinary();
        Path file = folder.resolve("results.json");
        results.write(file);
        CompletableFuture<Void> writing =
                CompletableFuture.runAsync(() -> {
                    for (int i = 0; i < 500; i++) {
                        try {
                            results.write(file);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    }
                });
        while (!writing.isDone()) {
            assertTrue(Files.exists(file));
        }
        writing.get();
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

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"version\" : \"0.1.0\" | \"version\" : null | version is missing",
                "\"system\" : | \"sys\" : | system is missing",
                "\"threads\" : 2 | \"threads\" : 0 | threads is 0; it must be above 0",
                "\"complete\" : true | \"complete\" : 1 | complete is 1; it must be true or false",
                "\"heads\" : 8 | \"heads\" : 8.5 | shape.heads is 8.5; it must be a whole number",
                "\"heads\" : 8 | \"heads\" : 3000000000 | shape.heads is 3000000000; it must be a",
                "\"batch\" : 1 | \"batch\" : null | shape must have batch or totalTokens",
                "\"pointSeconds\" : 20.0 | \"pointSeconds\" : 0 | budget.pointSeconds is 0.0",
                "\"points\" : [ { | \"points\" : [ 3, { | points[0] is 3; it must be an object",
                "\"points\" : [ { | \"points\" : [ null, { | points[0] is missing",
                "\"device\" : \"cpu\" | \"devise\" : \"cpu\" | points[0].device is missing",
                "\"device\" : \"cpu\" | \"device\" : 3 | points[0].device is 3; it must be a text",
                "\"hardware\" : \"a device, of a kind\" | \"hardware\" : null | points[0].hardware"
                        + " is",
                "\"tokens\" : 1024 | \"tokens\" : -1 | points[0].tokens is -1; it must be above 0",
                "\"tokens\" : 1024 | \"tokens\" : 9000000000000000000 | points[0].tokens is 9000",
                "\"outcome\" : \"measured\" | \"outcome\" : \"good\" | points[0].outcome is good",
                "\"outcome\" : \"measured\" | \"outcome\" : \"failed\" | points[0].reason is"
                        + " missing",
                "\"calls\" : 9 | \"calls\" : null | points[0].calls is missing",
                "\"p95Millis\" : | \"p95\" : | points[0].p95Millis is missing",
                "\"error\" : 3.0E-7 | \"error\" : {} | points[0].error is an object; it must be a",
            })
    void whatIsWrongIsSaidByFileAndField(String right, String wrong, String words)
            throws Exception {
        String json = Sweeps.ordinary().json();
        assertTrue(json.contains(right), right);
        String broken = json.replaceFirst(Pattern.quote(right), Matcher.quoteReplacement(wrong));
        assertRefused(broken, words);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"abc\"", "0", "-1", "1e999", "\"NaN\"", "\"Infinity\"", "true", "[]"})
    void tokensASecondAreAFiniteNumberAboveZero(String value) throws Exception {
        String json = Sweeps.ordinary().json();
        assertRefused(
                json.replaceFirst(
                        "\"tokensPerSecond\" : [^,\\s]+", "\"tokensPerSecond\" : " + value),
                "points[0].tokensPerSecond is ");
    }

    private static void assertRefused(String text, String words) {
        IOException e =
                assertThrows(IOException.class, () -> SweepResults.parse("some.json", text));
        assertTrue(
                e.getMessage().startsWith("some.json is no results file")
                        && words != null
                        && e.getMessage().contains(words),
                e::getMessage);
    }

    @Test
    void anErrorThatIsNoNumberIsRead() throws Exception {
        String json = Sweeps.ordinary().json();
        String nan = json.replaceFirst("3.0E-7", "\"NaN\"");
        assertRefused(nan, "points[0].passed is true; it must be whether error is at most gate");
        SweepResults results =
                SweepResults.parse(
                        "nan", nan.replaceFirst("\"passed\" : true", "\"passed\" : false"));
        assertEquals(Double.NaN, results.points().getFirst().error());
    }

    @Test
    void filesOfBeforeThereWereThreadsAndASpreadOfKernelsAreRead() throws Exception {
        String json = Sweeps.withKernels().json();
        String old =
                json.replaceAll("\\s+\"(threads|kernelMinMillis|kernelP95Millis)\" : [^,]+,", "");
        SweepResults results = SweepResults.parse("old", old);
        assertNull(results.threads());
        assertNull(results.points().getFirst().kernelMinMillis());
        assertNull(results.points().getFirst().kernelP95Millis());
        assertEquals(
                Sweeps.withKernels().points().getFirst().kernelMillis(),
                results.points().getFirst().kernelMillis());
    }

    @Test
    void filesThatAreNoTextOrNoFileAreRefusedByName() throws Exception {
        Path file = Files.write(folder.resolve("bytes"), new byte[] {-1, -2});
        for (Path path : List.of(file, folder)) {
            IOException e = assertThrows(IOException.class, () -> SweepResults.read(path));
            assertTrue(e.getMessage().startsWith(path + " is "), e::getMessage);
        }
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
