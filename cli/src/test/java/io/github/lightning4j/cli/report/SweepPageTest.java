package io.github.lightning4j.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.cli.results.Point;
import io.github.lightning4j.cli.results.SweepResults;
import io.github.lightning4j.cli.results.Sweeps;

import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

import java.io.StringReader;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.xml.parsers.DocumentBuilderFactory;

class SweepPageTest {
    private static final String PAGE = SweepPage.of(Sweeps.ordinary());

    private static List<String> all(String pattern, String text) {
        return Pattern.compile(pattern, Pattern.DOTALL)
                .matcher(text)
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    @Test
    void theSameResultsGiveTheSameBytesInEveryLocale() throws Exception {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.forLanguageTag("ar-EG"));
            SweepResults again = SweepResults.parse("again", Sweeps.ordinary().json());
            assertEquals(PAGE, SweepPage.of(again));
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void nothingComesFromElsewhereAndNothingRuns() {
        String rest = PAGE.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        assertFalse(
                rest.matches("(?s).*(https?:|//[a-z]|<script|<link|@import|src=|url\\([^#]).*"));
    }

    @Test
    void idsAreUniqueAndReferencesLead() {
        List<String> ids = all(" id=\"([^\"]+)\"", PAGE);
        Set<String> unique = new HashSet<>(ids);
        assertEquals(ids.size(), unique.size(), "ids: " + ids);
        for (String target : all("href=\"#([^\"]+)\"", PAGE)) {
            assertTrue(unique.contains(target), target);
        }
        for (String target : all("url\\(#([^)]+)\\)", PAGE)) {
            assertTrue(unique.contains(target), target);
        }
        for (String names : all("aria-labelledby=\"([^\"]+)\"", PAGE)) {
            for (String name : names.split(" ")) {
                assertTrue(unique.contains(name), name);
            }
        }
    }

    @Test
    void everyChartHasATitleADescriptionAndATable() {
        List<String> figures = all("(<figure.*?</figure>)", PAGE);
        assertEquals(2 + 5 + 7, figures.size(), "figures of both devices and two of all");
        for (String figure : figures) {
            assertEquals(2, all("(<title )", figure).size(), figure);
            assertEquals(2, all("(<desc )", figure).size(), figure);
            assertEquals(1, all("(<table>)", figure).size(), figure);
            assertTrue(figure.indexOf("<table>") > figure.lastIndexOf("</svg>"), figure);
        }
    }

    @Test
    void chartsAreWellFormedAndPaintedInColoursOfTheStyleSheet() throws Exception {
        for (String svg : all("(<svg.*?</svg>)", PAGE)) {
            DocumentBuilderFactory.newDefaultInstance()
                    .newDocumentBuilder()
                    .parse(new InputSource(new StringReader(svg)));
            assertFalse(svg.contains("rgb("), svg);
        }
        Matcher colour = Pattern.compile("var\\(--c(\\d+)\\)").matcher(PAGE);
        while (colour.find()) {
            assertTrue(PAGE.contains("--c" + colour.group(1) + ":"), colour.group());
        }
    }

    @Test
    void whatWasNotMeasuredIsSaid() {
        assertTrue(PAGE.contains("a call would take 9 s"));
        assertTrue(PAGE.contains("no kernels &amp; no &quot;hope&quot;"));
        assertTrue(PAGE.contains("<td>stopped</td>"));
    }

    @Test
    void aSingleLengthAndASweepWithoutFiguresHavePagesToo() {
        SweepResults one = Sweeps.of(List.of(Sweeps.point("cpu", "softmax", 100, 3)));
        assertTrue(SweepPage.of(one).contains("<figure"));
        SweepResults none =
                Sweeps.of(List.of(Point.without("cpu", "softmax", 100, Point.FAILED, "broken")));
        assertTrue(SweepPage.of(none).contains("broken"));
        assertTrue(SweepText.of(none).contains("broken"));
    }

    @Test
    void theFigureStandsAlone() throws Exception {
        String svg = SweepPage.figure(Sweeps.ordinary(), "cpu");
        DocumentBuilderFactory.newDefaultInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(svg)));
        assertTrue(svg.contains("prefers-color-scheme: dark"), svg);
    }

    @Test
    void theTextHasTheCurvesTheTableAndTheEnd() {
        String text = SweepText.of(Sweeps.ordinary());
        assertTrue(text.contains("s softmax, 2 Lightning-2"), text);
        assertTrue(text.matches("(?s).*\\n +97\\.7 k \\|s.*"), text);
        assertTrue(text.matches("(?s).*\\n   16k +164 +20\\.0\\n.*"), text);
        assertTrue(text.contains("softmax, stopped at 32k tokens: a call would take 9 s"), text);
        assertTrue(text.lines().allMatch(line -> line.length() <= 220), text);
    }

    @Test
    void timeInKernelsStandsBesideTimeEndToEnd() {
        String page = SweepPage.of(Sweeps.withKernels());
        List<String> kernels = all("(<figure id=\"kernels.*?</figure>)", page);
        assertEquals(1, kernels.size(), "the CPU has no clock of its own");
        assertTrue(
                kernels.getFirst()
                        .contains("<th scope=\"row\">4k</th><td>20,480</td><td>2,200</td>"),
                kernels.getFirst());
        assertTrue(page.contains("Devices side by side, copies left out"));
        assertTrue(page.contains("<th scope=\"row\">gpu, kernels</th>"));
        assertTrue(page.contains("medians too, by the clock of the device"));
        String text = SweepText.of(Sweeps.withKernels());
        assertTrue(text.contains("time per token in kernels, in ns, by tokens: s softmax"), text);
        assertTrue(text.matches("(?s).*\\n +4k +20,480 +2,200\\n.*"), text);
        assertTrue(text.contains("\nIn kernels: Lightning Attention-2 is faster"), text);
    }

    @Test
    void theNumberOfTokensOfACallIsSaid() {
        String page = SweepPage.of(Sweeps.withKernels());
        assertTrue(page.contains(">32k tokens a call: B = 32k / N, H 8, D 64, E 64, f32, decay"));
        assertTrue(page.contains("tokens N, B = 32k / N"));
        String text = SweepText.of(Sweeps.withKernels());
        assertTrue(text.startsWith("lightning4j 0.1.0, 2026-11-24, 32k tokens a call: B = "), text);
    }

    @Test
    void numbersHaveThreeDigitsOrAllBeforeThePoint() {
        assertEquals("0.0789", Numbers.three(0.07891));
        assertEquals("45.6", Numbers.three(45.61));
        assertEquals("1,234", Numbers.three(1234));
        assertEquals("100", Numbers.three(99.96));
        assertEquals("3.42 M", Numbers.metric(3_421_000));
        assertEquals("1.00 k", Numbers.metric(1000));
        assertEquals("10 k", Numbers.tick(1e4));
        assertEquals("0.5", Numbers.tick(0.5));
    }
}
