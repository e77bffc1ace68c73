package io.github.lightning4j.results.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.io.MalformedDataException;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import tools.jackson.jr.ob.JSON;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

class ComparisonTest {
    private static final String CHECKED =
            "[{\"what\":\"output\",\"error\":3e-7,\"gate\":1e-5,\"passed\":true}]";

    private static final String ORDINARY =
            "\"layout\":\"heads-first\",\"decay\":\"alibi\",\"featureMap\":\"identity\","
                    + "\"scale\":1.0,\"sequences\":2";

    @TempDir private Path folder;

    private final List<Path> files = new ArrayList<>();

    /** Writes a report of the GPU with other fields and given figures; they are the next file. */
    private void report(String fields, String... figures) throws IOException {
        reportOf("H100", fields, figures);
    }

    private void reportOf(String hardware, String fields, String... figures) throws IOException {
        Path file = folder.resolve((char) ('a' + files.size()) + ".json");
        Files.writeString(
                file,
                ("{\"device\":\"tornado:opencl:0\",\"hardware\":\"%s\",\"batch\":2,\"heads\":8,"
                                + "\"tokens\":4096,\"keyDim\":64,\"valueDim\":64,\"dtype\":\"f32\","
                                + "%s,\"figures\":[%s]}")
                        .formatted(hardware, fields, String.join(",", figures)));
        files.add(file);
    }

    private static String figure(String pass, double millis, String kernels, String checks) {
        return ("{\"pass\":\"%s\",\"p50Millis\":%s,\"tokensPerSecond\":%s,\"kernelMillis\":%s,"
                        + "\"checks\":%s}")
                .formatted(pass, millis, 8192e3 / millis, kernels, checks);
    }

    private static String figure(String pass) {
        return figure(pass, 10, "null", CHECKED);
    }

    private static @Nullable Double worstError(Row row) {
        return row.figures() == null ? null : row.figures().worstError();
    }

    private Comparison read(double tolerance) throws IOException {
        return Comparison.read(files, tolerance);
    }

    @Test
    void aPassThatALaterReportDoesNotHaveIsMissingWithATolerance() throws Exception {
        report(ORDINARY, figure("forward"), figure("forward+backward"));
        report(ORDINARY, figure("forward"));
        assertTrue(read(1).passed(), "nothing was asked for");
        assertEquals(3, read(1).rows().size());
        Comparison comparison = read(0.5);
        assertFalse(comparison.passed());
        Row row = comparison.rows().getLast();
        assertEquals("forward+backward", row.id().pass());
        assertEquals("missing; the first report has it", row.failure());
        assertTrue(comparison.text().contains("missing; the first report has it"));
    }

    @Test
    void aReportWithoutFiguresMissesEveryPass() throws Exception {
        report(ORDINARY, figure("forward"), figure("decode"));
        report(ORDINARY);
        assertTrue(read(1).passed(), "nothing was asked for");
        assertEquals(2, read(0.5).rows().stream().filter(r -> !r.passed()).count());
    }

    @Test
    void reportsWithMoreOrOfOtherPassesOrShapesMissNothing() throws Exception {
        report(ORDINARY, figure("forward"));
        report(ORDINARY, figure("decode"));
        report(ORDINARY, figure("forward"), figure("decode"));
        report(ORDINARY.replace("alibi", "none"), figure("decode"));
        assertTrue(read(0.1).passed(), read(0.1).text());
    }

    @Test
    void whatWasNotCheckedDoesNotPass() throws Exception {
        report(
                ORDINARY + ",\"interrupted\":true",
                figure("forward"),
                figure("decode", 10, "null", "[]"));
        Comparison comparison = read(1);
        assertFalse(comparison.passed());
        assertEquals(3e-7, worstError(comparison.rows().getFirst()));
        assertTrue(comparison.rows().getFirst().passed());
        assertNull(worstError(comparison.rows().getLast()));
        assertTrue(comparison.text().contains("unchecked"), comparison.text());
        assertTrue(comparison.markdown().contains("| unchecked |"), comparison.markdown());
    }

    @Test
    void anErrorThatIsNoNumberIsShownAndDoesNotPass() throws Exception {
        String checks = CHECKED.replace("3e-7", "\"NaN\"").replace("true", "false");
        report(ORDINARY, figure("forward", 10, "null", checks));
        assertEquals(Double.NaN, worstError(read(1).rows().getFirst()));
        assertFalse(read(1).passed());
    }

    @Test
    void slowerKernelsAreARegressionHoweverLongCopiesTake() throws Exception {
        report(ORDINARY, figure("forward", 10, "0.1", CHECKED));
        report(ORDINARY, figure("forward", 10.5, "0.2", CHECKED));
        Comparison comparison = read(0.1);
        assertFalse(comparison.passed());
        assertNull(comparison.rows().getFirst().first());
        Ratio ratio = Objects.requireNonNull(comparison.rows().getLast().first());
        assertEquals(10 / 10.5, ratio.timesFirst(), 1e-12);
        assertEquals(0.5, ratio.timesFirstInKernels());
        assertTrue(comparison.text().contains("0.95, kernels 0.50"), comparison.text());
        assertTrue(read(1).passed(), "nothing was asked for");
        assertTrue(read(0.5).passed(), "as much as that is allowed");
    }

    @Test
    void kernelsAreComparedOnlyWhereBothReportsHaveTheirTime() throws Exception {
        report(ORDINARY, figure("forward", 10, "0.1", CHECKED));
        report(ORDINARY, figure("forward", 10, "null", CHECKED));
        Comparison comparison = read(0.1);
        assertTrue(comparison.passed());
        assertEquals(new Ratio(1, null), comparison.rows().getLast().first());
        assertFalse(comparison.text().contains(", kernels"), comparison.text());
    }

    @Test
    void whatTheRatiosAreToIsSaidWhereThereAreAny() throws Exception {
        report(ORDINARY, figure("forward"));
        assertEquals(List.of(), read(1).lines());
        report(ORDINARY, figure("forward"));
        String first =
                "TIMES FIRST: tokens a second over those of the first report here of the same case"
                        + " and device";
        assertEquals(List.of(first), read(1).lines());
        Path cpu = folder.resolve("cpu.json");
        Files.writeString(
                cpu,
                Files.readString(files.getFirst()).replace("tornado:opencl:0", "cpu:vector256"));
        files.add(cpu);
        assertEquals(
                List.of(
                        "TIMES CPU: tokens a second over those of the fastest CPU device in the"
                                + " same case",
                        first),
                read(1).lines());
    }

    @Test
    void otherHardwareUnderOneIdIsSaid() throws Exception {
        reportOf("H100", ORDINARY, figure("forward"));
        reportOf("H100", ORDINARY, figure("forward"));
        assertEquals(List.of(), read(0.1).notes());
        reportOf("pthread-EPYC", ORDINARY, figure("forward"));
        Comparison comparison = read(0.1);
        assertTrue(comparison.passed(), "said and no more");
        String note =
                "tornado:opencl:0 is H100 in %s and pthread-EPYC in %s"
                        .formatted(files.getFirst(), files.getLast());
        assertEquals(List.of(note), comparison.notes());
        assertTrue(comparison.text().stripTrailing().endsWith(note), comparison.text());
        assertTrue(
                comparison.markdown().matches("(?s).* \\|\n\nTIMES FIRST: [^\n]*\n\n.*"),
                comparison.markdown());
        assertTrue(comparison.markdown().endsWith("\n\n" + note + "\n"), comparison.markdown());
        assertNotNull(JSON.std.mapFrom(JSON.std.asString(comparison.fields())).get("notes"));
    }

    @Test
    void aDeviceThatCouldNotRunIsNoOtherHardware() throws Exception {
        Path file = folder.resolve("failed.json");
        Map<String, String> failed =
                Map.of("device", "tornado:opencl:0", "shape", "-H 8", "failure", "no kernels");
        Files.writeString(file, JSON.std.asString(failed));
        files.add(file);
        report(ORDINARY, figure("forward"));
        assertEquals(List.of(), read(0.1).notes());
        assertNull(worstError(read(0.1).rows().getFirst()));
    }

    @ParameterizedTest
    @CsvSource({
        "heads-first, tokens-first, tokens-first",
        "alibi, none, decay none",
        "identity, silu, silu",
        "1.0, 0.5, scale 0.5",
        "sequences\":2, sequences\":3, 3 sequences"
    })
    void reportsOfOtherProblemsAreOtherCases(String usual, String other, String words)
            throws Exception {
        report(ORDINARY, figure("forward"));
        report(ORDINARY.replace(usual, other), figure("forward", 100, "null", CHECKED));
        Comparison comparison = read(0.1);
        assertTrue(comparison.passed(), comparison.text());
        assertEquals("2x8x4096x64 f32", comparison.rows().getFirst().id().shape());
        assertEquals("2x8x4096x64 f32, " + words, comparison.rows().getLast().id().shape());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"version\":\"0.0.1\"",
                ORDINARY,
                "\"scale\":1",
                "\"algorithm\":\"lightning-2\",\"scale\":1.0"
            })
    void whatIsByDefaultOrNotThereGoesWithoutSaying(String fields) throws Exception {
        report(fields, figure("forward"));
        assertEquals("2x8x4096x64 f32", read(1).rows().getFirst().id().shape());
    }

    @Test
    void softmaxHasDefaultsOfItsOwn() throws Exception {
        String softmax = "\"algorithm\":\"softmax\",\"decay\":\"none\",\"scale\":";
        report(softmax + "0.125", figure("forward"));
        report(softmax + "1.0", figure("forward"));
        assertEquals("softmax 2x8x4096x64 f32", read(1).rows().getFirst().id().shape());
        assertEquals("softmax 2x8x4096x64 f32, scale 1.0", read(1).rows().getLast().id().shape());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"heads\":8 | \"heads\":0 | heads is 0; it must be a whole number",
                "\"heads\":8 | \"heads\":\"8\" | heads is \"8\"; it must be a whole number",
                "\"dtype\":\"f32\" | \"dtype\":\"f9\" | dtype is \"f9\"; it must be one of",
                "\"alibi\" | \"gla\" | decay is \"gla\"; it must be",
                "\"heads-first\" | \"\\u001b[1m\" | layout is \"\\u001b[1m\"; it must be one of",
                "\"scale\":1.0 | \"scale\":\"Infinity\" | scale is \"Infinity\"; it must be",
                "\"sequences\":2 | \"sequences\":-2 | sequences is -2; it must be",
                "\"pass\":\"forward\" | \"pass\":\"x\" | figures[0].pass is \"x\"; it must be one",
                "\"p50Millis\":10.0 | \"p50Millis\":1e-300 | figures[0].p50Millis is 1.0E-300; it",
                "\"p50Millis\":10.0 | \"p50\":1 | figures[0].p50Millis is missing",
                "\"tokensPerSecond\": | \"tokensPerSecond\":0, \"x\": | figures[0].tokensPerSecond"
                        + " is",
                "\"kernelMillis\":null | \"kernelMillis\":-1 | figures[0].kernelMillis is -1; it",
                "\"error\":3e-7 | \"error\":-3e-7 | figures[0].checks[0].error is -3.0E-7; it must",
                "\"passed\":true | \"passed\":1 | figures[0].checks[0].passed is 1; it must be"
                        + " true",
                "\"figures\":[ | \"figures\":3, \"x\":[ | figures is 3; it must be a list",
                "\"device\":\"tornado:opencl:0\" | \"device\":null | device is missing",
            })
    void whatIsWrongIsSaidByFileAndField(String right, String wrong, String words)
            throws Exception {
        report(ORDINARY, figure("forward"));
        String json = Files.readString(files.getFirst());
        assertTrue(json.contains(right), json);
        Files.writeString(files.getFirst(), json.replace(right, wrong));
        assertRefused(words);
    }

    private void assertRefused(String words) {
        IOException e = assertThrows(MalformedDataException.class, () -> read(1));
        String complaint = files.getFirst() + " is no report of 'lightning bench --json': ";
        assertTrue(e.getMessage().startsWith(complaint + words), e::getMessage);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "null | it is null; it must be an object",
                "'' | it is empty",
                "[] | it is a list; it must be an object",
                "'{} {}' | something stands behind",
                "{}x | line 1: Unrecognized token",
                "{ | line 1: Unexpected end-of-input",
                "'{\"a\":1,\"a\":1}' | line 1: Duplicate",
            })
    void anythingElseIsRefused(String text, String words) throws Exception {
        Path file = folder.resolve("a.json");
        Files.writeString(file, text);
        files.add(file);
        assertRefused(words);
    }

    @Test
    void aPassIsThereOnce() throws Exception {
        report(ORDINARY, figure("decode"), figure("decode"));
        assertRefused("figures[1].pass is \"decode\"; it must be another one");
    }

    @Test
    void wordsOfAFileAreSpelledOut() throws Exception {
        reportOf("\\u001b[31mA|B\\n<b>\\u202e", ORDINARY, figure("forward"));
        reportOf("H100", ORDINARY, figure("forward"));
        Comparison comparison = read(1);
        for (String text : List.of(comparison.text(), comparison.markdown())) {
            assertTrue(text.chars().noneMatch(c -> c == 27 || c == 0x202e), text);
            assertTrue(text.contains("\\n"), text);
        }
        assertTrue(comparison.markdown().contains("A\\|B\\n&lt;b>\\u202e"), comparison.markdown());
    }
}
