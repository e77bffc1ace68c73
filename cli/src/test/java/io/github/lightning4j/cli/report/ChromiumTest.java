package io.github.lightning4j.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lightning4j.cli.results.Point;
import io.github.lightning4j.cli.results.SweepResults;
import io.github.lightning4j.cli.results.Sweeps;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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
              if (document.documentElement.scrollWidth > innerWidth) faults.push('scrolls sideways');
              const ink = getComputedStyle(document.body);
              document.body.dataset.seen = JSON.stringify({shown, faults, ink: ink.color, ground: ink.backgroundColor});
            });
            </script>
            """;

    @TempDir private Path folder;
    private Path browser = Path.of("");

    @BeforeEach
    void findBrowser() {
        Optional<Path> found =
                Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                        .flatMap(place ->
                                List.of("chromium", "chromium-browser", "google-chrome").stream()
                                        .map(name -> Path.of(place, name)))
                        .filter(Files::isExecutable)
                        .findFirst();
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
                        "--user-data-dir=" + folder.resolve("profile")));
        command.addAll(List.of(options));
        command.add(page.toUri().toString());
        Path out = folder.resolve("out");
        Process process =
                new ProcessBuilder(command)
                        .redirectOutput(out.toFile())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        if (!process.waitFor(90, TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            throw new AssertionError("the browser does not end");
        }
        return Files.readString(out);
    }

    private String seen(String html, int width, String... options) throws Exception {
        Path page = folder.resolve("page.html");
        Files.writeString(page, html.replace("</body>", PROBE + "</body>"));
        List<String> all = new ArrayList<>(List.of(options));
        all.add("--dump-dom");
        all.add("--window-size=" + width + ",1200");
        Matcher seen =
                Pattern.compile("data-seen=\"([^\"]*)\"")
                        .matcher(run(page, all.toArray(String[]::new)));
        assertTrue(seen.find(), "the page was looked at");
        return seen.group(1).replace("&quot;", "\"");
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 800, 1400})
    void nothingOverlapsOrStandsOutsideAtAnyWidth(int width) throws Exception {
        String seen = seen(SweepPage.of(Sweeps.ordinary()), width);
        assertTrue(seen.contains("\"shown\":14,\"faults\":[]"), seen);
        SweepResults results = Sweeps.withKernels();
        List<Point> points =
                results.points().stream()
                        .map(p -> p.device().equals("gpu") ? p.on("tornado:opencl:0:loops") : p)
                        .toList();
        String kernels = seen(SweepPage.of(results.with(points, true)), width);
        assertTrue(kernels.contains("\"shown\":14,\"faults\":[]"), kernels);
    }

    @Test
    void lightAndDarkDiffer() throws Exception {
        String light = seen(SweepPage.of(Sweeps.ordinary()), 900);
        assertTrue(light.contains("\"ground\":\"rgb(255, 255, 255)\""), light);
        String dark =
                seen(
                        SweepPage.of(Sweeps.ordinary()),
                        900,
                        "--blink-settings=preferredColorScheme=0");
        assertTrue(dark.contains("\"ground\":\"rgb(20, 23, 28)\""), dark);
        assertTrue(dark.contains("\"faults\":[]"), dark);
    }

    @Test
    void itCanBePrinted() throws Exception {
        Path page = Files.writeString(folder.resolve("p.html"), SweepPage.of(Sweeps.ordinary()));
        Path pdf = folder.resolve("p.pdf");
        run(page, "--print-to-pdf=" + pdf);
        assertEquals(
                "%PDF",
                new String(
                        Files.readAllBytes(pdf), 0, 4, java.nio.charset.StandardCharsets.US_ASCII));
        assertTrue(Files.size(pdf) > 20_000, "it has charts");
    }
}
