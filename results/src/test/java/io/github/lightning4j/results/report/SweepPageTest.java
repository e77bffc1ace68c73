package io.github.lightning4j.results.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.results.Conditions;
import io.github.lightning4j.results.Point;
import io.github.lightning4j.results.PointBudget;
import io.github.lightning4j.results.SweepResults;
import io.github.lightning4j.results.Sweeps;
import io.github.lightning4j.results.text.Numbers;

import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

import java.io.StringReader;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import javax.xml.parsers.DocumentBuilderFactory;

class SweepPageTest {
    private static final String PAGE = SweepPage.of(Sweeps.ordinary());

    /** What the first group of a pattern finds. */
    static List<String> all(String pattern, String text) {
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
        assertEquals(3 + 5 + 7, figures.size(), "figures of both devices and three of all");
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
        assertTrue(SweepText.of(none, SweepText.COLUMNS).contains("broken"));
    }

    @Test
    void theFigureStandsAlone() throws Exception {
        String svg = SweepPage.figure(Sweeps.ordinary(), Sweeps.device(Sweeps.ordinary(), "cpu"));
        DocumentBuilderFactory.newDefaultInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(svg)));
        assertTrue(svg.contains("prefers-color-scheme: dark"), svg);
    }

    @Test
    void theTextHasTheCurvesTheTableAndTheEnd() {
        String text = SweepText.of(Sweeps.ordinary(), SweepText.COLUMNS);
        assertTrue(text.contains("s softmax, 2 Lightning-2"), text);
        assertTrue(text.matches("(?s).*\\n +97\\.7 k \\|s.*"), text);
        assertTrue(text.matches("(?s).*\\n   16k +20\\.0 +164\\n.*"), text);
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
                        .contains("<th scope=\"row\">4k</th><td>2,200</td><td>20,480</td>"),
                kernels.getFirst());
        assertTrue(page.contains("Devices side by side, copies left out"));
        assertTrue(page.contains("<th scope=\"row\">gpu (a device), kernels</th>"));
        assertTrue(page.contains("medians too, by the clock of the device"));
        String text = SweepText.of(Sweeps.withKernels(), SweepText.COLUMNS);
        assertTrue(text.contains("time per token in kernels, in ns, by tokens, log scales:"), text);
        assertTrue(text.matches("(?s).*\\n +4k +2,200 +20,480\\n.*"), text);
        assertTrue(text.contains("\nIn kernels: Lightning Attention-2 is faster"), text);
    }

    @Test
    void theNumberOfTokensOfACallIsSaid() {
        String page = SweepPage.of(Sweeps.withKernels());
        assertTrue(page.contains(">32k tokens a call: B = 32k / N, H 8, D 64, E 64, f32, decay"));
        assertTrue(page.contains("tokens N, B = 32k / N"));
        String text = SweepText.of(Sweeps.withKernels(), SweepText.COLUMNS);
        assertTrue(text.startsWith("lightning4j 0.1.0, 2026-11-24, 32k tokens a call: B = "), text);
    }

    /** The same sweep with other words or figures in its file. */
    private static SweepResults edited(SweepResults results, String pattern, String other)
            throws Exception {
        return SweepResults.parse("edited", results.json().replaceAll(pattern, other));
    }

    @Test
    void aDeviceWithoutCeilingsHasASentenceInsteadOfARoofline() throws Exception {
        assertFalse(PAGE.contains("No roofline"));
        String page =
                SweepPage.of(
                        edited(
                                Sweeps.ordinary(),
                                "\"(peakFlops|peakBytesPerSecond)\" : [^,]+",
                                "\"$1\" : null"));
        assertEquals(
                2, all("(No roofline: the device's ceilings were not measured\\.)", page).size());
        assertFalse(page.contains("under the roofline"));
    }

    @Test
    void theRooflineOfAGpuIsByTheTimeInKernels() {
        String page = SweepPage.of(Sweeps.withKernels());
        String gpu = all("(<figure id=\"roofline0.*?</figure>)", page).getFirst();
        assertTrue(gpu.contains("by the time in kernels alone"), gpu);
        assertTrue(gpu.contains("<td>500 G, 100\u00a0%</td>"), gpu);
        String cpu = all("(<figure id=\"roofline1.*?</figure>)", page).getFirst();
        assertTrue(cpu.contains("Needed operations a second, end to end"), cpu);
    }

    /** Few operations for each byte it reads: the roof bends far below one. */
    @Test
    void theRooflineOfASlowDeviceHasAnAxis() throws Exception {
        String page =
                SweepPage.of(
                        edited(
                                Sweeps.ordinary(),
                                "\"peakFlops\" : [\\d.E]+",
                                "\"peakFlops\" : 1.0E9"));
        assertTrue(page.contains("under the roofline"));
        assertFalse(page.contains("NaN"), "a chart without coordinates");
    }

    @Test
    void thePageSaysNoMoreOfTheCallsThanTheFile() throws Exception {
        assertTrue(PAGE.contains("timed calls for 3 s, 9 of them at least. "));
        String few =
                SweepPage.of(
                        edited(
                                Sweeps.ordinary(),
                                "(\"tokens\" : 16384,[^}]*\"calls\") : 9|"
                                        + "(\"calls\") : 9([^}]*\"tokens\" : 16384)",
                                "$1$2 : 2$3"));
        assertTrue(
                few.contains(
                        "three at least, fewer where the point's time was used up"
                                + " (3 of 15 points, 2 calls at least). "),
                few.substring(few.indexOf("How it was measured")));
        assertFalse(PAGE.contains("same command"));
    }

    @Test
    void errorsOfTheDevicesStandSideBySideUnderTheirGates() throws Exception {
        String errors = all("(<figure id=\"deviceErrors.*?</figure>)", PAGE).getFirst();
        assertTrue(errors.contains("cpu (a device), Lightning-2</th><td>3.0e-07</td>"), errors);
        assertEquals(2, all(">(gate)<", errors).size(), "one gate in each size");
        SweepResults other =
                edited(
                        Sweeps.ordinary(),
                        "(\"algorithm\" : \"softmax\"[^}]*\"gate\" :) 1.0E-5",
                        "$1 2.0E-5");
        errors = all("(<figure id=\"deviceErrors.*?</figure>)", SweepPage.of(other)).getFirst();
        assertEquals(4, all(">(gate)<", errors).size(), "two gates in each size");
    }

    @Test
    void devicesAreCalledByTheirHardwareAndThenTheirId() throws Exception {
        SweepResults results = Sweeps.ordinary();
        List<Point> points =
                results.points().stream()
                        .map(p -> p.device().equals("cpu") ? p : Sweeps.on("tornado:opencl:1", p))
                        .toList();
        String page =
                SweepPage.of(
                        edited(
                                results.with(points, true),
                                "a device, of a kind",
                                "Xeon, Portable Computing Language, 32 GiB"));
        assertTrue(
                page.contains(
                        "<h2>Xeon, PoCL (Portable Computing Language)"
                                + " <code>tornado:opencl:1</code></h2>\n"
                                + "<p class=\"hardware\">32 GiB</p>"));
        assertTrue(page.contains(">opencl:1 (PoCL)<"), "in figures too");
        assertEquals(
                "cuda:0 (H100)",
                new DeviceName("tornado:cuda:0", "NVIDIA H100 80GB HBM3", "NVIDIA CUDA", "")
                        .label());
        assertEquals("cpu (EPYC)", new DeviceName("cpu", "AMD EPYC", "", "").label());
        assertEquals(
                "cpu (Xeon)", new DeviceName("cpu", "Intel(R) Xeon(R) Processor", "", "").label());
        assertEquals("cpu", new DeviceName("cpu", "", "", "").label());
    }

    @Test
    void everyAxisHasTicksEnoughToBeRead() {
        for (double low : new double[] {1.3e-7, 0.11, 0.99, 1, 2.1, 4.6, 9.3, 1234, 5.1e9}) {
            for (double times : new double[] {1.01, 1.1, 1.56, 2, 3, 9.9, 50, 158, 1e4, 1e9}) {
                List<Figure.Tick> ticks = Ticks.between(low, low * times);
                assertTrue(ticks.size() >= 2, low + " x " + times + ": " + ticks);
                assertTrue(ticks.size() <= 12, low + " x " + times + ": " + ticks);
                assertTrue(
                        ticks.stream().allMatch(t -> t.at() >= low && t.at() <= low * times),
                        ticks.toString());
            }
        }
        assertEquals(
                List.of("4 k", "5 k", "6 k", "7 k"),
                Ticks.between(3700, 7400).stream().map(Figure.Tick::label).toList());
    }

    /** However far apart or close its ends are, as the errors of a broken kernel may be. */
    @Test
    void everyAxisHasFewTicks() {
        for (double low : new double[] {Double.MIN_NORMAL, 1e-300, 1e-100, 1, 1e200}) {
            for (double high : new double[] {low * 1.06, low * 1e7, 1e100, 1e308}) {
                if (high > low) {
                    int ticks = Ticks.between(low, high).size();
                    assertTrue(ticks >= 2 && ticks <= 14, low + " to " + high + ": " + ticks);
                }
            }
        }
        double[][] none = {{1, 1}, {0, 1}, {2, 1}, {1, Double.POSITIVE_INFINITY}, {Double.NaN, 1}};
        for (double[] ends : none) {
            assertThrows(IllegalArgumentException.class, () -> Ticks.between(ends[0], ends[1]));
        }
    }

    /** Words of a file go to terminals and pages, where escape sequences would be obeyed. */
    @Test
    void wordsOfAFileAreSpelledOut() throws Exception {
        String evil =
                "a\u001b[31m\u001b]0;t\u0007b\0c\nd\u202ee\u009bf|<script>" + "x".repeat(9000);
        List<Point> points =
                List.of(
                        Sweeps.with(Sweeps.point(evil, "softmax", 64, 1), evil, null),
                        Sweeps.with(Sweeps.point("cpu", "softmax", 64, 1), evil, null),
                        Point.without(evil, "lightning-2", 64, Point.FAILED, evil));
        SweepResults results =
                new SweepResults(
                        new Conditions(evil, evil, 1),
                        "2026-11-24",
                        Sweeps.shape(1L, null),
                        new PointBudget(1, 1, 1),
                        true,
                        points);
        results = SweepResults.parse("evil", results.json());
        assertEquals(evil, results.points().getFirst().device(), "what was written is read again");
        String page = SweepPage.of(results);
        for (String text :
                List.of(
                        page,
                        SweepPage.figure(results, results.byDevice().getFirst()),
                        SweepText.of(results, SweepText.COLUMNS),
                        results.json())) {
            assertEquals(
                    "",
                    text.codePoints()
                            .filter(c -> c != '\n' && (Character.isISOControl(c) || c == 0x202e))
                            .mapToObj(Character::getName)
                            .collect(Collectors.joining(", ")));
        }
        assertFalse(page.contains("<script"), "no element");
        assertFalse(page.contains("x".repeat(2001)), "no endless line");
        assertFalse(
                SweepText.of(results, SweepText.COLUMNS).contains("x".repeat(2001)),
                "no endless line");
        assertTrue(
                SweepText.of(results, SweepText.COLUMNS).contains("\\u001b]0;t\\u0007b\\u0000c"),
                "but seen");
    }

    @Test
    void theTextFitsItsColumns() {
        for (int columns : new int[] {40, 68, 200}) {
            String text = SweepText.of(Sweeps.ordinary(), columns);
            List<String> chart =
                    text.lines().filter(line -> line.matches(" {10}.*| {9}[|+].*")).toList();
            assertTrue(chart.size() > 20, text);
            for (String line : chart) {
                assertTrue(line.length() <= Math.min(columns, 68), line);
            }
        }
        assertTrue(
                SweepText.of(Sweeps.ordinary(), 40)
                        .contains(
                                "          tokens/s by tokens, log\n"
                                        + "          scales: s softmax,\n"
                                        + "          2 Lightning-2\n"));
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
