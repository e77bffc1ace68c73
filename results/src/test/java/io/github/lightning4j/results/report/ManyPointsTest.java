package io.github.lightning4j.results.report;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.results.Point;
import io.github.lightning4j.results.SweepResults;
import io.github.lightning4j.results.Sweeps;

import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Results of more points than anybody measures by hand. */
class ManyPointsTest {
    private static final Pattern SVG = Pattern.compile("<svg.*?</svg>", Pattern.DOTALL);

    /** Seconds of a processor, which another's work does not make more. */
    @Test
    void sixtyThousandPointsAreReadAndDrawnInSeconds() throws Exception {
        List<Point> points = new ArrayList<>();
        for (int i = 1; i <= 30_000; i++) {
            points.add(Sweeps.point("cpu", "softmax", i, i / 100.0));
            points.add(Sweeps.point("cpu", "lightning-2", i, 20 + i % 7));
        }
        String json = Sweeps.of(points).json();
        ThreadMXBean clock = ManagementFactory.getThreadMXBean();
        long begin = clock.getCurrentThreadCpuTime();
        SweepResults results = SweepResults.parse("many", json);
        String page = SweepPage.of(results);
        String text = SweepText.of(results, SweepText.COLUMNS);
        assertTrue(clock.getCurrentThreadCpuTime() - begin < 18e9, "seconds, not minutes");
        assertTrue(page.contains("<th scope=\"row\">29999</th>"));
        assertTrue(text.contains("29999"));
        for (MatchResult svg : SVG.matcher(page).results().toList()) {
            assertTrue(svg.group().length() < 1 << 19, "no more marks than a chart has room for");
        }
    }
}
