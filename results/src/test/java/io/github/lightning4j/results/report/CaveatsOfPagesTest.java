package io.github.lightning4j.results.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.results.Point;
import io.github.lightning4j.results.SweepResults;
import io.github.lightning4j.results.Sweeps;

import org.junit.jupiter.api.Test;

import java.util.List;

/** What pages and texts say of their own figures: which are impossible, and how axes are read. */
class CaveatsOfPagesTest {
    private static final String LOAD =
            "More than 100\u00a0% of the peak is impossible (!): the peak was measured too low,"
                    + " because the machine was busy with other work.";
    private static final String CACHES = "Points above the slope come from caches";
    private static final String SLOPE = "Points of large tensors above the slope are impossible";

    /** One point of 10⁹ operations a second and an intensity of 1000. */
    private static String page(double peak, double bandwidth, double bytes) {
        Point.Measured it = Sweeps.point("cpu", "softmax", 1024, 100);
        double seconds = it.times().p50Millis() / 1e3;
        Point.Measured other =
                new Point.Measured(
                        it.id(),
                        it.hardware(),
                        it.times(),
                        null,
                        new Point.Work(1000 * bytes, bytes),
                        new Point.Peaks(peak * 1000 * bytes / seconds, bandwidth * bytes / seconds),
                        it.memory(),
                        it.accuracy());
        return SweepPage.of(Sweeps.of(List.of(other)));
    }

    @Test
    void sharesThatCanBeAreNotMarked() {
        String page = page(2, 2, 1e6);
        assertTrue(page.contains(", 50\u00a0%</td>"), page);
        for (String words : List.of("(!)", LOAD, CACHES, SLOPE)) {
            assertFalse(page.contains(words), words);
        }
    }

    @Test
    void moreThanThePeakIsMarkedAndExplained() {
        String page = page(0.8, 2, 1e6);
        assertTrue(page.contains(", 125\u00a0% (!)</td>"), page);
        assertTrue(page.contains(LOAD), page);
        assertFalse(page.contains(CACHES) || page.contains(SLOPE), page);
    }

    @Test
    void aboveTheSlopeAreTheCachesOrTheLoad() {
        String small = page(2, 0.5, 1e6);
        assertTrue(small.contains(CACHES) && !small.contains(SLOPE), small);
        String large = page(2, 0.5, 1e9);
        assertTrue(large.contains(SLOPE) && !large.contains(CACHES), large);
    }

    @Test
    void everyAxisSaysThatItIsLogarithmic() {
        SweepResults results = Sweeps.withKernels();
        List<String> charts = SweepPageTest.all("(<svg.*?</svg>)", SweepPage.of(results));
        assertTrue(charts.size() > 10);
        for (String chart : charts) {
            assertEquals(2, SweepPageTest.all("(, log scale)</text>", chart).size(), chart);
        }
        List<String> legends =
                SweepText.of(results, SweepText.COLUMNS)
                        .lines()
                        .filter(line -> line.contains("by tokens, log scales:"))
                        .toList();
        assertEquals(3, legends.size(), SweepText.of(results, SweepText.COLUMNS));
    }

    @Test
    void whatItIsAboutStandsFirstInEveryTable() {
        for (String header :
                SweepPageTest.all(
                        "<thead><tr>(<th scope=\"col\">tokens.*?)</tr>",
                        SweepPage.of(Sweeps.ordinary()))) {
            assertTrue(
                    header.startsWith(
                            "<th scope=\"col\">tokens</th><th scope=\"col\">Lightning-2</th>"),
                    header);
        }
    }
}
