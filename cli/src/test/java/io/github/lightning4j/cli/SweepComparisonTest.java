package io.github.lightning4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.cli.results.Point;
import io.github.lightning4j.cli.results.Shape;
import io.github.lightning4j.cli.results.SweepResults;
import io.github.lightning4j.cli.results.Sweeps;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

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
        assertEquals(10 / 11.0, comparison.rows().get(1).timesFirst(), 1e-12);
        assertTrue(comparison.text().contains("90.9 k (x 0.91) REGRESSED"), comparison.text());
        assertTrue(comparison.markdown().contains("| softmax | 1024 |"), comparison.markdown());
    }

    @Test
    void whatIsNotMeasuredAnyMoreIsARegressionToo() throws Exception {
        assertFalse(
                against(Point.without("cpu", "softmax", 1024, Point.REFUSED, "no"), 0.5).passed());
    }

    @Test
    void otherDevicesAreComparedButNoRegression() throws Exception {
        assertTrue(against(Sweeps.point("gpu", "softmax", 1024, 100), 0.05).passed());
        SweepComparison one =
                SweepComparison.read(List.of(file("c.json", Sweeps.ordinary())), 0.05);
        assertEquals(
                4.0,
                one.rows().stream()
                        .filter(r -> r.device().startsWith("gpu") && r.tokensPerSecond() != null)
                        .findFirst()
                        .orElseThrow()
                        .timesFirstDevice());
    }

    @Test
    void otherShapesAreRefused() throws Exception {
        SweepResults a = Sweeps.ordinary();
        for (Shape shape : List.of(Sweeps.shape(2L, null), Sweeps.shape(null, 1L << 15))) {
            SweepResults b =
                    new SweepResults(
                            a.schema(),
                            a.version(),
                            a.date(),
                            a.system(),
                            shape,
                            a.budget(),
                            true,
                            a.points());
            List<Path> files = List.of(file("a.json", a), file("b.json", b));
            assertThrows(IOException.class, () -> SweepComparison.read(files, 1));
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

    @Test
    void tolerancesAreParts() {
        CompareCommand.ToleranceConverter converter = new CompareCommand.ToleranceConverter();
        assertEquals(0.1, converter.convert("10%"));
        assertEquals(0.05, converter.convert("0.05"));
        assertThrows(RuntimeException.class, () -> converter.convert("10"));
        assertThrows(RuntimeException.class, () -> converter.convert("much"));
    }
}
