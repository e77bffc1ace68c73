package io.github.lightning4j.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.io.MalformedDataException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
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
                "\"threads\" : 2 | \"threads\" : 0 | threads is 0; it must be a whole number from"
                        + " 1",
                "\"complete\" : true | \"complete\" : 1 | complete is 1; it must be true or false",
                "\"heads\" : 8 | \"heads\" : 8.5 | shape.heads is 8.5; it must be a whole number",
                "\"heads\" : 8 | \"heads\" : 3000000000 | shape.heads is 3000000000; it must be a",
                "\"batch\" : 1 | \"batch\" : null | shape.batch is null; it must be",
                "\"pointSeconds\" : 20.0 | \"pointSeconds\" : 0 | budget.pointSeconds is 0; it must"
                        + " be",
                "\"points\" : [ { | \"points\" : [ 3, { | points[0] is 3; it must be an object",
                "\"points\" : [ { | \"points\" : [ null, { | points[0] is null; it must be",
                "\"device\" : \"cpu\" | \"devise\" : \"cpu\" | points[0].device is missing",
                "\"device\" : \"cpu\" | \"device\" : 3 | points[0].device is 3; it must be a text",
                "\"hardware\" : \"a device, of a kind\" | \"hardware\" : null | points[0].hardware"
                        + " is",
                "\"tokens\" : 1024 | \"tokens\" : -1 | points[0].tokens is -1; it must be a whole"
                        + " number from 1",
                "\"tokens\" : 1024 | \"tokens\" : 9000000000000000000 | points[0].tokens is 9000",
                "\"outcome\" : \"measured\" | \"outcome\" : \"good\" | points[0].outcome is"
                        + " \"good\"; it must be one of measured, stopped,",
                "\"outcome\" : \"measured\" | \"outcome\" : \"failed\" | points[0].reason is"
                        + " missing",
                "\"calls\" : 9 | \"calls\" : null | points[0].calls is missing",
                "\"p95Millis\" : | \"p95\" : | points[0].p95Millis is missing",
                "\"date\" : \"2026-11-24\" | \"date\" : \"yesterday\" | date is \"yesterday\"; it"
                        + " must",
                "\"dtype\" : \"f32\" | \"dtype\" : \"f9\" | shape.dtype is \"f9\"; it must be one"
                        + " of",
                "\"layout\" : \"heads-first\" | \"layout\" : \"x\" | shape.layout is \"x\"; it must"
                        + " be",
                "\"decay\" : \"alibi\" | \"decay\" : \"gla\" | shape.decay is \"gla\"; it must be",
                "\"featureMap\" : \"identity\" | \"featureMap\" : \"x\" | shape.featureMap is"
                        + " \"x\"",
                "\"totalTokens\" : null | \"totalTokens\" : 1024 | shape.totalTokens is 1024; it"
                        + " must",
                "\"algorithm\" : \"softmax\" | \"algorithm\" : \"gla\" | points[0].algorithm is"
                        + " \"gla\"",
                "\"error\" : 3.0E-7 | \"error\" : -1 | points[0].error is -1; it must be at least"
                        + " 0",
                "\"gate\" : 1.0E-5 | \"gate\" : 0 | points[0].gate is 0; it must be a number from",
                "\"calls\" : 9 | \"calls\" : 0 | points[0].calls is 0; it must be a whole number",
                "\"reason\" : null | \"reason\" : \"x\" | points[0].reason is \"x\"; it must be"
                        + " null",
                "\"peakFlops\" : 5.0E11 | \"peakFlops\" : null | points[0].peakBytesPerSecond is",
                "\"kernelMillis\" : null | \"kernelMillis\" : 1e-300 | points[0].kernelMillis is",
                "\"hostBytes\" : | \"hostBytes\" : -1, \"x\" : | points[0].hostBytes is -1; it"
                        + " must",
                "\"tokens\" : 1024 | \"tokens\" : 16384 | points[0].tokensPerSecond is",
                "\"calls\" : 9 | \"calls\" : 9, \"kernelMilis\" : 3 | points[0].kernelMilis is a"
                        + " field",
                "\"seed\" : 1 | \"seed\" : 1, \"sead\" : 1 | shape.sead is a field that this"
                        + " version",
                "\"seconds\" : 3.0 | \"seconds\" : -3 | budget.seconds is -3; it must be a number",
                "\"seconds\" : 3.0 | \"seconds\" : 3.0, \"s\" : 1 | budget.s is a field that this",
                "\"complete\" : true | \"complete\" : true, \"complete\" : true | Duplicate",
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

    /** Whatever a file has for its times, no loop over them goes on for ever. */
    @ParameterizedTest
    @ValueSource(strings = {"1e-300", "1e-100", "1e300", "0", "-0.0", "1e-7"})
    void timesAreThoseOfAClock(String value) throws Exception {
        String json = Sweeps.ordinary().json();
        assertRefused(
                json.replaceAll("\"p50Millis\" : [^,\\s]+", "\"p50Millis\" : " + value),
                "points[0].p50Millis is ");
        assertRefused(
                json.replaceAll("\"(\\w+Millis)\" : [\\d.]+", "\"$1\" : " + value), "points[0].");
    }

    @Test
    void whatStandsBehindTheDocumentIsRefused() throws Exception {
        String json = Sweeps.ordinary().json();
        for (String more : List.of("xyz", "{}", json, "]", "null")) {
            IOException e =
                    assertThrows(
                            MalformedDataException.class,
                            () -> SweepResults.parse("some.json", json + more));
            assertTrue(e.getMessage().startsWith("some.json is no results file"), e::getMessage);
        }
        assertEquals(Sweeps.ordinary(), SweepResults.parse("some.json", json + " \n\t"));
    }

    @Test
    void aPointIsThereOnce() throws Exception {
        List<Point> points = new ArrayList<>(Sweeps.ordinary().points());
        points.add(points.get(1));
        assertRefused(
                Sweeps.of(points).json(),
                "points[17].tokens is 1024; it must be another length, because points[1] is that");
        Point.Measured other = Sweeps.with(Sweeps.point("cpu", "softmax", 8, 1), "abacus", null);
        assertRefused(
                Sweeps.ordinary().with(other).json(), "points[17].hardware is \"abacus\"; it must");
    }

    @Test
    void figuresThatContradictOneAnotherAreRefused() throws Exception {
        String json = Sweeps.ordinary().json();
        String last = "(\"%s\" : )[^,\\s]+";
        for (String name : List.of("minMillis", "p5Millis", "p50Millis")) {
            assertRefused(json.replaceFirst(last.formatted(name), "$1 1e9"), "Millis is ");
        }
        assertRefused(
                json.replaceFirst(last.formatted("tokensPerSecond"), "$1 97000"),
                "points[0].tokensPerSecond is 97000; it must be 97656.25");
        assertRefused(
                json.replaceFirst(
                        "\"calls\" : null(?=[^}]*\"outcome\" : \"stopped\")", "\"calls\" : 3"),
                ".calls is 3; it must be null, because it was not measured");
    }

    /** Such as two numbers of a thousand digits, which are too long to be printed too. */
    @Test
    void whatIsLongIsCutInErrors() {
        String digits = "9".repeat(900);
        String text = "\u001b[31m" + "x".repeat(5000);
        for (String value : List.of(digits, "\"" + text.replace("\u001b", "\\u001b") + "\"")) {
            IOException e =
                    assertThrows(
                            IOException.class,
                            () -> SweepResults.parse("a.json", "{\"schema\" : " + value + "}"));
            assertTrue(e.getMessage().length() < 600, e::getMessage);
            assertTrue(e.getMessage().contains("schema is"), e::getMessage);
            assertTrue(e.getMessage().chars().noneMatch(Character::isISOControl), e::getMessage);
        }
    }

    @Test
    void aSweepHasAsManyDevicesAsAMachine() throws Exception {
        List<Point> points = new ArrayList<>();
        for (int i = 0; i < 65; i++) {
            points.add(Point.without("d" + i, "softmax", 1, Point.STOPPED, "no"));
        }
        assertRefused(Sweeps.of(points).json(), "points is a list; it must be of at most 64");
        SweepResults few = Sweeps.of(points.subList(0, 64));
        assertEquals(few, SweepResults.parse("few", few.json()));
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

    private static Point.Measured first(SweepResults results) {
        return (Point.Measured) results.points().getFirst();
    }

    private static Point.KernelTimes kernel(SweepResults results) {
        return Objects.requireNonNull(first(results).kernel());
    }

    @Test
    void anErrorThatIsNoNumberIsRead() throws Exception {
        String json = Sweeps.ordinary().json();
        String nan = json.replaceFirst("3.0E-7", "\"NaN\"");
        assertRefused(
                nan,
                "points[0].passed is true; it must be false, because error is NaN and gate is"
                        + " 1.0E-5");
        SweepResults results =
                SweepResults.parse(
                        "nan", nan.replaceFirst("\"passed\" : true", "\"passed\" : false"));
        assertTrue(first(results).isWrong());
    }

    @Test
    void filesOfBeforeThereWereThreadsAndASpreadOfKernelsAreRead() throws Exception {
        String json = Sweeps.withKernels().json();
        String old =
                json.replaceAll("\\s+\"(threads|kernelMinMillis|kernelP95Millis)\" : [^,]+,", "");
        SweepResults results = SweepResults.parse("old", old);
        assertNull(results.conditions().threads());
        double millis = kernel(Sweeps.withKernels()).kernelMillis();
        assertEquals(new Point.KernelTimes(null, millis, null), kernel(results));
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
        assertEquals(32, again.shape().batches().at(1024));
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
        assertEquals(1, results.shape().batches().at(1024));
    }

    @Test
    void onlyFailuresAndErrorsPastTheirGateFailASweep() {
        assertTrue(Sweeps.ordinary().passed());
        Point broken = Point.without("cpu", "softmax", 1, Point.FAILED, "it broke");
        assertFalse(Sweeps.ordinary().with(broken).passed());
    }

    @Test
    void theCrossoverLiesWhereTheCurvesMeet() {
        assertEquals(
                1, Findings.of(Sweeps.device(Sweeps.ordinary(), "cpu")).size(), "it has no clock");
        Findings cpu = Findings.of(Sweeps.device(Sweeps.ordinary(), "cpu"), Clock.CALLS);
        assertEquals(2000, cpu.crossover(), 1);
        assertEquals(8.192, cpu.ratio(), 1e-9);
        assertEquals(16_384, cpu.ratioTokens());
        assertEquals(0, cpu.spread(), 1e-12);
        assertEquals(
                "Lightning Attention-2 is faster than softmax attention from about 2,000 tokens up,"
                        + " 8.2 times as fast at 16,384. From 4,096 tokens up its time per token"
                        + " varies by 0 %.",
                cpu.inWords());
        Findings gpu = Findings.of(Sweeps.device(Sweeps.ordinary(), "gpu <0>"), Clock.CALLS);
        assertTrue(Double.isNaN(gpu.crossover()));
        assertEquals(
                "From 4,096 tokens up the time per token of Lightning Attention-2 varies by 0 %.",
                gpu.inWords());
    }

    @Test
    void whereKernelsHaveAClockTheyAreFoundOutAboutToo() {
        List<Findings> gpu = Findings.of(Sweeps.device(Sweeps.withKernels(), "gpu"));
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
                Findings.inWords(Sweeps.device(Sweeps.withKernels(), "gpu")));
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
