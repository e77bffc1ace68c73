package io.github.lightning4j.results.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lightning4j.results.Point;
import io.github.lightning4j.results.SweepResults;
import io.github.lightning4j.results.Sweeps;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The page in a real browser, where there is one. */
class ChromiumTest {
    /** Looks at the page and writes what it saw where {@code --dump-dom} shows it. */
    private static final String PROBE =
            """
            <script>
            addEventListener('load', () => {
              const faults = [];
              let shown = 0;
              for (const svg of document.querySelectorAll('svg')) {
                const box = svg.getBoundingClientRect();
                if (box.width === 0) continue;
                shown++;
                const texts = [...svg.querySelectorAll('text')].map(t => [t, t.getBoundingClientRect()]);
                for (const [t, r] of texts) {
                  if (r.left < box.left - 1 || r.right > box.right + 1 || r.bottom > box.bottom + 1)
                    faults.push('outside: ' + t.textContent);
                  for (const [o, s] of texts)
                    if (o !== t && t.textContent.trim() && o.textContent.trim()
                        && r.left < s.right - 1 && s.left < r.right - 1
                        && r.top < s.bottom - 4 && s.top < r.bottom - 4)
                      faults.push('on top of each other: ' + t.textContent + ', ' + o.textContent);
                }
                if (getComputedStyle(svg.querySelector('path[stroke], g[stroke]')).stroke === 'none')
                  faults.push('no colour in ' + svg.getAttribute('aria-labelledby'));
              }
              for (const th of document.querySelectorAll('thead th'))
                if (th.textContent === 'Lightning-2'
                    && th.getBoundingClientRect().right > th.closest('.table').getBoundingClientRect().right + 1)
                  faults.push('a column out of sight: ' + th.textContent);
              if (document.documentElement.scrollWidth > innerWidth) faults.push('scrolls sideways');
              const ink = getComputedStyle(document.body);
              frameElement.dataset.seen = JSON.stringify({shown, faults, ink: ink.color, ground: ink.backgroundColor});
            });
            </script>
            """;

    @TempDir private Path folder;
    private Path browser = Path.of("");

    /** The first of some programs on the PATH. */
    private static Optional<Path> program(String... names) {
        return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .flatMap(place -> Arrays.stream(names).map(name -> Path.of(place, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    @BeforeEach
    void findBrowser() {
        Optional<Path> found = program("chromium", "chromium-browser", "google-chrome");
        assumeTrue(found.isPresent(), "there is no chromium on the PATH");
        browser = found.get();
    }

    private String run(Path page, String... options) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(browser.toString());
        command.addAll(
                List.of(
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--enable-logging=stderr",
                        "--user-data-dir=" + folder.resolve("profile")));
        command.addAll(List.of(options));
        command.add(page.toUri().toString());
        Path out = folder.resolve("out");
        Process process =
                new ProcessBuilder(command)
                        .redirectOutput(out.toFile())
                        .redirectError(folder.resolve("log").toFile())
                        .start();
        if (!process.waitFor(30, TimeUnit.MINUTES)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            throw new AssertionError("the browser does not end");
        }
        return Files.readString(out);
    }

    /** A page in a frame of this many pixels, because a window cannot be as narrow as a phone. */
    private record Frame(String html, int width) {
        String html(String probe) {
            return """
            <iframe style="width: %dpx; height: 1200px; border: 0" srcdoc="%s"></iframe>
            """
                    .formatted(
                            width,
                            html.replace("</body>", probe + "</body>")
                                    .replace("&", "&amp;")
                                    .replace("\"", "&quot;"));
        }
    }

    /** Looks at pages in one browser, whose start takes longest. */
    private List<String> seen(List<Frame> frames, String... options) throws Exception {
        StringBuilder framed =
                new StringBuilder(
                        """
                        <!doctype html>
                        <meta name="color-scheme" content="light dark">
                        <body>
                        """);
        for (Frame frame : frames) {
            framed.append(frame.html(PROBE));
        }
        Path page = Files.writeString(folder.resolve("page.html"), framed);
        int widest = frames.stream().mapToInt(Frame::width).max().orElseThrow();
        List<String> all = new ArrayList<>(List.of(options));
        all.add("--dump-dom");
        all.add("--window-size=" + (widest + 100) + ",1300");
        List<String> seen =
                Pattern.compile("data-seen=\"([^\"]*)\"")
                        .matcher(run(page, all.toArray(String[]::new)))
                        .results()
                        .map(match -> match.group(1).replace("&quot;", "\""))
                        .toList();
        assertEquals(frames.size(), seen.size(), "each page was looked at");
        List<String> console =
                Files.readString(folder.resolve("log"))
                        .lines()
                        .filter(line -> line.contains(":CONSOLE"))
                        .toList();
        assertEquals(List.of(), console, "the browser has nothing to complain of");
        return seen;
    }

    /** As large as they come: five devices, all algorithms on the first, twelve lengths. */
    private static SweepResults large() {
        List<Point> points = new ArrayList<>();
        List<String> ids =
                List.of(
                        "tornado:cuda:0",
                        "tornado:ptx:0",
                        "tornado:opencl:0",
                        "tornado:opencl:1:loops",
                        "cpu");
        for (String id : ids) {
            int i = ids.indexOf(id);
            for (long n = 128; n <= 256 << 10; n *= 2) {
                points.add(Sweeps.on(id, Sweeps.point("gpu", "softmax", n, n / (90.0 - i))));
                points.add(Sweeps.on(id, Sweeps.point("gpu", "lightning-2", n, 20 + i)));
                if (i == 0) {
                    points.add(Sweeps.on(id, Sweeps.point("gpu", "left-product", n, n / 80.0)));
                    points.add(Sweeps.on(id, Sweeps.point("gpu", "right-product", n, 25)));
                    points.add(Sweeps.on(id, Sweeps.point("gpu", "lightning-1", n, 21)));
                }
            }
        }
        return Sweeps.of(points);
    }

    @Test
    void nothingOverlapsOrStandsOutsideAtAnyWidth() throws Exception {
        SweepResults results = Sweeps.withKernels();
        List<Point> points =
                results.points().stream()
                        .map(p ->
                                p.device().equals("gpu")
                                        ? Sweeps.on("tornado:opencl:0:loops", p)
                                        : p)
                        .toList();
        List<Frame> frames = new ArrayList<>();
        for (int width : new int[] {390, 800, 1280}) {
            frames.add(new Frame(SweepPage.of(Sweeps.ordinary()), width));
            frames.add(new Frame(SweepPage.of(results.with(points, true)), width));
            frames.add(new Frame(SweepPage.of(large()), width));
        }
        List<String> seen = seen(frames);
        for (int i = 0; i < frames.size(); i++) {
            String expected = "\"shown\":%d,\"faults\":[]".formatted(i % 3 == 2 ? 38 : 15);
            assertTrue(seen.get(i).contains(expected), frames.get(i).width() + ": " + seen.get(i));
        }
    }

    @Test
    void thePagesOfTheDocumentsFitToo() throws Exception {
        List<Frame> frames = new ArrayList<>();
        List<Path> pages = pagesOfTheDocuments();
        for (Path page : pages) {
            frames.add(new Frame(Files.readString(page), 390));
            frames.add(new Frame(Files.readString(page), 1280));
        }
        List<String> seen = seen(frames);
        for (int i = 0; i < frames.size(); i++) {
            String what = pages.get(i / 2) + ", " + frames.get(i).width() + ": " + seen.get(i);
            assertTrue(seen.get(i).contains("\"faults\":[]"), what);
        }
    }

    private static List<Path> pagesOfTheDocuments() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("..", "docs", "results"))) {
            return all.filter(p -> p.toString().endsWith(".html")).sorted().toList();
        }
    }

    @Test
    void lightAndDarkDiffer() throws Exception {
        List<Frame> frames = List.of(new Frame(SweepPage.of(Sweeps.ordinary()), 900));
        String light = seen(frames).getFirst();
        assertTrue(light.contains("\"ground\":\"rgb(255, 255, 255)\""), light);
        String dark = seen(frames, "--blink-settings=preferredColorScheme=0").getFirst();
        assertTrue(dark.contains("\"ground\":\"rgb(20, 23, 28)\""), dark);
        assertTrue(dark.contains("\"faults\":[]"), dark);
    }

    /** Where the last word of each page of a PDF ends, as a part of the page's height. */
    private List<Double> filled(Path reader, Path pdf) throws Exception {
        Path boxes = folder.resolve("boxes.html");
        Process process =
                new ProcessBuilder(reader.toString(), "-bbox", pdf.toString(), boxes.toString())
                        .inheritIO()
                        .start();
        assertTrue(process.waitFor(30, TimeUnit.MINUTES));
        List<Double> filled = new ArrayList<>();
        for (String page : Files.readString(boxes).split("<page ")) {
            Matcher height = Pattern.compile("^width=\"[^\"]+\" height=\"([^\"]+)\"").matcher(page);
            if (height.find()) {
                double lowest =
                        Pattern.compile("yMax=\"([^\"]+)\"")
                                .matcher(page)
                                .results()
                                .mapToDouble(match -> Double.parseDouble(match.group(1)))
                                .max()
                                .orElse(0);
                filled.add(lowest / Double.parseDouble(height.group(1)));
            }
        }
        return filled;
    }

    @Test
    void noPageOnPaperHasAnEmptyThird() throws Exception {
        Optional<Path> reader = program("pdftotext");
        assumeTrue(reader.isPresent(), "what is on the paper is not read: there is no pdftotext");
        Path pdf = folder.resolve("page.pdf");
        for (Path page : pagesOfTheDocuments()) {
            run(
                    page.toAbsolutePath().normalize(),
                    "--print-to-pdf=" + pdf,
                    "--no-pdf-header-footer");
            List<Double> filled = filled(reader.get(), pdf);
            assertTrue(filled.size() > 1, page + " has pages: " + filled);
            for (double part : filled.subList(0, filled.size() - 1)) {
                assertTrue(part > 2.0 / 3, page + ", a third is empty: " + filled);
            }
        }
    }

    @Test
    void itCanBePrinted() throws Exception {
        Path page = Files.writeString(folder.resolve("p.html"), SweepPage.of(large()));
        Path pdf = folder.resolve("p.pdf");
        run(page, "--print-to-pdf=" + pdf, "--no-pdf-header-footer");
        assertEquals("%PDF", new String(Files.readAllBytes(pdf), 0, 4, StandardCharsets.US_ASCII));
        assertTrue(Files.size(pdf) > 20_000, "it has charts");
        Optional<Path> reader = program("pdftotext");
        assumeTrue(reader.isPresent(), "what is on the paper is not read: there is no pdftotext");
        Path text = folder.resolve("p.txt");
        Process process =
                new ProcessBuilder(
                                reader.get().toString(), "-layout", pdf.toString(), text.toString())
                        .inheritIO()
                        .start();
        assertTrue(process.waitFor(30, TimeUnit.MINUTES));
        String[] pages = Files.readString(text).split("\f");
        List<String> headers =
                Arrays.stream(pages)
                        .flatMap(String::lines)
                        .filter(line -> line.matches(" *device +128 .*"))
                        .toList();
        assertEquals(3, headers.size(), "side by side: speed, speed in kernels, errors");
        for (String header : headers) {
            assertTrue(header.matches(" *device +128 .* 128k +256k *"), header);
        }
        assertTrue(
                pages[0].contains("Devices side by side"),
                "the first page has no figure: " + pages[0]);
        for (String sheet : pages) {
            List<String> lines = sheet.lines().filter(line -> !line.isBlank()).toList();
            assertTrue(lines.size() > 6, "a page is nearly empty: " + lines);
        }
    }
}
