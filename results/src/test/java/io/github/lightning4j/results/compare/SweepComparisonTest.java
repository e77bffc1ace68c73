package io.github.lightning4j.results.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.results.Conditions;
import io.github.lightning4j.results.Point;
import io.github.lightning4j.results.Shape;
import io.github.lightning4j.results.SweepResults;
import io.github.lightning4j.results.Sweeps;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

class SweepComparisonTest {
    @TempDir private Path folder;

    private Path file(String name, SweepResults results) throws IOException {
        Path file = folder.resolve(name);
        results.write(file);
        return file;
    }

    private SweepComparison against(Point later, double tolerance) throws IOException {
        SweepResults before = Sweeps.of(List.of(Sweeps.point("cpu", "softmax", 1024, 10)));
        return SweepComparison.read(
                List.of(file("a.json", before), file("b.json", Sweeps.of(List.of(later)))),
                tolerance);
    }

    @Test
    void slowerThanTheToleranceIsARegression() throws Exception {
        Point slower = Sweeps.point("cpu", "softmax", 1024, 11);
        assertTrue(against(slower, 0.1).passed());
        SweepComparison comparison = against(slower, 0.05);
        assertFalse(comparison.passed());
        assertEquals(10 / 11.0, comparison.rows().get(1).first().timesFirst(), 1e-12);
        assertTrue(comparison.text().contains("90.9 k (x 0.91) REGRESSED"), comparison.text());
        assertTrue(comparison.markdown().contains("| softmax | 1024 |"), comparison.markdown());
    }

    @Test
    void whatIsNotMeasuredAnyMoreIsARegressionToo() throws Exception {
        assertFalse(
                against(Point.without("cpu", "softmax", 1024, Point.REFUSED, "no"), 0.5).passed());
    }

    @Test
    void whatTheSecondFileDoesNotHaveIsARegressionWithATolerance() throws Exception {
        SweepResults before = Sweeps.ordinary();
        Path first = file("a.json", before);
        List<Point> points = before.points();
        List<SweepResults> laters =
                List.of(
                        Sweeps.of(List.of()),
                        before.with(points, false).with(points.subList(0, 5), false),
                        Sweeps.of(points.stream().filter(p -> p.device().equals("cpu")).toList()),
                        Sweeps.of(
                                points.stream()
                                        .filter(p -> p.algorithm().equals("softmax"))
                                        .toList()),
                        Sweeps.of(
                                List.of(Point.without("cpu", "softmax", 8, Point.REFUSED, "no"))));
        for (SweepResults later : laters) {
            List<Path> files = List.of(first, file("b.json", later));
            SweepComparison comparison = SweepComparison.read(files, 0.5);
            assertFalse(comparison.passed(), comparison.text());
            assertTrue(comparison.text().contains("missing REGRESSED"), comparison.text());
            assertEquals(
                    !later.complete(), comparison.text().contains(", not complete"), "it is said");
            assertTrue(SweepComparison.read(files, 1).passed(), "nothing was asked for");
        }
    }

    @Test
    void aFileWithMoreIsNoRegression() throws Exception {
        SweepResults after = Sweeps.ordinary();
        Path first = file("a.json", Sweeps.of(after.points().subList(0, 5)));
        assertTrue(SweepComparison.read(List.of(first, file("b.json", after)), 0.01).passed());
    }

    @Test
    void aFileGivenTwiceHasTwoColumns() throws Exception {
        Path file = file("a.json", Sweeps.of(List.of(Sweeps.point("cpu", "softmax", 1024, 10))));
        SweepComparison comparison = SweepComparison.read(List.of(file, file), 0.01);
        assertTrue(comparison.passed());
        assertTrue(comparison.text().matches("(?s)ALGORITHM +TOKENS +A cpu +B cpu.*"));
        assertTrue(comparison.text().contains("(x 1.00)"), comparison.text());
        assertTrue(comparison.text().contains("B: " + file + " (2), "), comparison.text());
    }

    @Test
    void otherDevicesAreComparedButNoRegression() throws Exception {
        assertTrue(against(Sweeps.point("gpu", "softmax", 1024, 100), 0.05).passed());
        SweepComparison one =
                SweepComparison.read(List.of(file("c.json", Sweeps.ordinary())), 0.05);
        assertEquals(
                4.0,
                one.rows().stream()
                        .filter(r ->
                                r.id().device().startsWith("gpu") && r.tokensPerSecond() != null)
                        .findFirst()
                        .orElseThrow()
                        .timesFirstDevice());
    }

    private static String ratios(SweepComparison comparison) {
        return comparison
                .text()
                .lines()
                .filter(line -> line.startsWith("(x "))
                .collect(Collectors.joining("\n"));
    }

    @Test
    void whatTheRatiosAreToIsSaidWhereThereAreAny() throws Exception {
        Point cpu = Sweeps.point("cpu", "softmax", 1024, 10);
        Point gpu = Sweeps.point("gpu", "softmax", 1024, 5);
        SweepResults one = Sweeps.of(List.of(cpu));
        SweepResults both = Sweeps.of(List.of(cpu, gpu));
        assertEquals("", ratios(compare(1, one)));
        assertEquals(
                "(x …): tokens a second over those of A on the same device",
                ratios(compare(1, one, one)));
        assertEquals(
                "(x …): tokens a second over those of cpu in the same file",
                ratios(compare(1, both)));
        assertEquals(
                "(x …): tokens a second over those of A on the same device, or else of cpu in the"
                        + " same file",
                ratios(compare(1, one, both)));
        assertEquals(
                "(x …): tokens a second over those of the first file that has the point on the same"
                        + " device, or else of cpu in the same file",
                ratios(compare(1, one, both, both)));
    }

    /** A point of a GPU, with what its kernels took. */
    private static Point kernels(String hardware, double micros, @Nullable Double kernelMillis) {
        return Sweeps.with(Sweeps.point("gpu", "softmax", 1024, micros), hardware, kernelMillis);
    }

    private SweepComparison compare(double tolerance, SweepResults... sweeps) throws IOException {
        List<Path> files = new ArrayList<>();
        for (SweepResults sweep : sweeps) {
            files.add(file((char) ('a' + files.size()) + ".json", sweep));
        }
        return SweepComparison.read(files, tolerance);
    }

    private static SweepResults under(
            String version, String system, @Nullable Integer threads, Point point) {
        SweepResults results = Sweeps.of(List.of(point));
        return new SweepResults(
                new Conditions(version, system, threads),
                results.date(),
                results.shape(),
                results.budget(),
                true,
                results.points());
    }

    @Test
    void slowerKernelsAreARegressionHoweverLongCopiesTake() throws Exception {
        SweepResults before = Sweeps.of(List.of(kernels("H100", 10, 0.1)));
        SweepResults after = Sweeps.of(List.of(kernels("H100", 10.5, 0.2)));
        SweepComparison comparison = compare(0.1, before, after);
        assertFalse(comparison.passed());
        assertNull(comparison.rows().getFirst().first());
        assertEquals(new Ratio(10 / 10.5, 0.5), comparison.rows().getLast().first());
        String cell = "95.2 k (x 0.95, kernels x 0.50)";
        assertTrue(comparison.text().contains(cell + " REGRESSED"), comparison.text());
        assertTrue(compare(1, before, after).passed(), "nothing was asked for");
        assertTrue(compare(0.5, before, after).text().contains(cell));
    }

    @Test
    void kernelsAreComparedOnlyWhereBothRunsHaveTheirTime() throws Exception {
        SweepResults with = Sweeps.of(List.of(kernels("H100", 10, 0.1)));
        SweepResults without = Sweeps.of(List.of(kernels("H100", 10, null)));
        for (SweepComparison comparison :
                List.of(compare(0.1, with, without), compare(0.1, without, with))) {
            assertTrue(comparison.passed());
            assertEquals(new Ratio(1, null), comparison.rows().getLast().first());
            assertFalse(comparison.text().contains("kernels"), comparison.text());
        }
    }

    @Test
    void otherHardwareUnderOneIdIsSaid() throws Exception {
        SweepComparison comparison =
                compare(
                        0.1,
                        Sweeps.of(List.of(kernels("H100", 10, 0.1))),
                        Sweeps.of(List.of(kernels("pthread-EPYC", 10, 0.1))));
        assertTrue(comparison.passed(), "said and no more");
        String note = "gpu is H100 in A and pthread-EPYC in B";
        assertEquals(List.of(note), comparison.notes());
        assertTrue(comparison.text().stripTrailing().endsWith(note), comparison.text());
        assertTrue(comparison.markdown().endsWith("\n\n" + note + "\n"), comparison.markdown());
    }

    @Test
    void otherThreadsAndSystemsOfTheSameDeviceAreSaid() throws Exception {
        Point cpu = Sweeps.point("cpu", "softmax", 1024, 10);
        Point gpu = Sweeps.point("gpu", "softmax", 1024, 10);
        SweepResults first = under("0.1.0", "Linux, Java 25", 2, cpu);
        assertEquals(
                List.of("B: system Mac, not Linux, Java 25; threads 64, not 2"),
                compare(1, first, under("0.2.0", "Mac", 64, cpu)).notes());
        assertEquals(
                List.of(),
                compare(
                                1,
                                first,
                                under("0.2.0", "Linux, Java 25", null, cpu),
                                under("0.1.0", "Mac", 64, gpu))
                        .notes(),
                "the version stands elsewhere, and another device has nothing to differ from");
        assertEquals(
                List.of("C: threads 2, not 64, as in B"),
                compare(1, first, under("1", "Mac", 64, gpu), under("1", "Mac", 2, gpu)).notes());
    }

    @Test
    void otherShapesAreRefused() throws Exception {
        SweepResults a = Sweeps.ordinary();
        for (Shape shape : List.of(Sweeps.shape(2L, null), Sweeps.shape(null, 1L << 15))) {
            List<Point> points = List.of(Point.without("cpu", "softmax", 8, Point.REFUSED, "no"));
            SweepResults b =
                    new SweepResults(a.conditions(), a.date(), shape, a.budget(), true, points);
            List<Path> files = List.of(file("a.json", a), file("b.json", b));
            IOException e = assertThrows(IOException.class, () -> SweepComparison.read(files, 1));
            String words =
                    shape.batches().batch() == null
                            ? "totalTokens 32768, not none"
                            : "batch 2, not 1";
            assertTrue(e.getMessage().contains(words), e.getMessage());
            assertFalse(e.getMessage().contains("Shape["), e.getMessage());
        }
    }

    @Test
    void theShapeIsSaid() throws Exception {
        SweepComparison comparison =
                SweepComparison.read(List.of(file("a.json", Sweeps.withKernels())), 1);
        String shape = "32k tokens a call: B = 32k / N, H 8, D 64, E 64, f32";
        assertTrue(comparison.text().contains(shape), comparison.text());
        assertTrue(comparison.markdown().contains(shape), comparison.markdown());
    }
}
