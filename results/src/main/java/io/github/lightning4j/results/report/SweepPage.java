package io.github.lightning4j.results.report;

import io.github.lightning4j.results.Caveats;
import io.github.lightning4j.results.Clock;
import io.github.lightning4j.results.DeviceResults;
import io.github.lightning4j.results.Findings;
import io.github.lightning4j.results.Lengths;
import io.github.lightning4j.results.Point;
import io.github.lightning4j.results.Series;
import io.github.lightning4j.results.SweepResults;
import io.github.lightning4j.results.text.Numbers;
import io.github.lightning4j.results.text.Words;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A sweep as one page that needs nothing else: no network, no script. The same results give the
 * same bytes.
 */
public final class SweepPage {
    private final SweepResults results;
    private final List<DeviceResults> devices;

    private SweepPage(SweepResults results) {
        this.results = results;
        this.devices =
                results.byDevice().stream()
                        .filter(device -> device.measured().findAny().isPresent())
                        .toList();
    }

    /**
     * The page.
     *
     * @param results a sweep
     * @return HTML
     */
    public static String of(SweepResults results) {
        return new SweepPage(results).html();
    }

    /**
     * The figure of a device's speed as a file of its own.
     *
     * @param results a sweep
     * @param device one of its devices, with a measured point
     * @return SVG with the colours of the reader's choice, light or dark
     */
    public static String figure(SweepResults results, DeviceResults device) {
        return SvgChart.withStyle(
                new SweepFigures(results, device).speed(), "\n" + resource("colours.css") + "\n");
    }

    private String html() {
        StringBuilder text = new StringBuilder();
        text.append(
                """
                <!doctype html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <meta name="color-scheme" content="light dark">
                <title>The attentions side by side: lightning4j %s</title>
                <style>
                %s
                %s
                </style>
                </head>
                <body>
                <a class="skip" href="#main">To the figures</a>
                <header>
                <p class="kicker">lightning4j %s</p>
                <h1>The attentions side by side</h1>
                <p class="lead">%s</p>
                <p class="about">%s</p>
                </header>
                <main id="main">
                """
                        .formatted(
                                Html.escape(Words.name(results.conditions().version())),
                                resource("colours.css"),
                                resource("page.css"),
                                Html.escape(Words.name(results.conditions().version())),
                                Html.escape(lead()),
                                Html.escape(about())));
        if (devices.size() > 1) {
            text.append(navigation());
            text.append(findings());
            new ComparedFigures(results).all().forEach(figure -> text.append(figure(figure)));
        }
        for (DeviceResults device : devices) {
            text.append(device(device, devices.size() > 1));
        }
        text.append(ends()).append(SweepMethod.of(results)).append("</main>\n</body>\n</html>\n");
        return text.toString();
    }

    private String lead() {
        return devices.size() == 1
                ? String.join(" ", Findings.inWords(devices.getFirst()))
                : ("Softmax attention does more for each token the longer the sequence; Lightning"
                       + " Attention-2 does the same for every token. Below is what was measured on"
                       + " %s devices.")
                        .formatted(devices.size());
    }

    private String about() {
        return "%s, decay %s. Measured %s on %s%s."
                .formatted(
                        results.shape().inWords(),
                        results.shape().model().decay(),
                        results.date(),
                        Words.name(results.conditions().system()),
                        results.complete() ? "" : "; not complete");
    }

    private String navigation() {
        StringBuilder text = new StringBuilder("<nav aria-label=\"Devices\"><ul>\n");
        for (DeviceResults device : devices) {
            text.append(
                    "<li><a href=\"#device%s\">%s</a>%s</li>\n"
                            .formatted(
                                    device.number(),
                                    Html.escape(DeviceName.of(device).heading()),
                                    id(device)));
        }
        return text.append("</ul></nav>\n").toString();
    }

    /** The id after the name of a device, where the name is another. */
    private static String id(DeviceResults device) {
        DeviceName name = DeviceName.of(device);
        return name.heading().equals(name.id())
                ? ""
                : " <code>%s</code>".formatted(Html.escape(name.id()));
    }

    private String findings() {
        List<List<String>> rows = new ArrayList<>();
        for (DeviceResults device : devices) {
            for (Findings found : Findings.of(device)) {
                rows.add(row(DeviceName.of(device).label(), found));
            }
        }
        return Html.table(
                new Grid(
                        "Lightning Attention-2 beside softmax attention on each device, and its"
                                + " slowest over its fastest token",
                        List.of(
                                "device",
                                "faster from, tokens",
                                "times as fast",
                                "varies from 4k up",
                                "calls vary by up to"),
                        rows));
    }

    private static List<String> row(String device, Findings found) {
        return List.of(
                device + (found.clock() == Clock.KERNELS ? ", kernels" : ""),
                Double.isNaN(found.crossover())
                        ? "–"
                        : found.crossover() == 0
                                ? "every length"
                                : Numbers.three(found.crossover()),
                Double.isNaN(found.ratio())
                        ? "–"
                        : "%s at %s"
                                .formatted(
                                        Numbers.three(found.ratio()),
                                        Lengths.inWords(found.ratioTokens())),
                Double.isNaN(found.spread()) ? "–" : Numbers.percent(found.spread()),
                (found.calls() > 0 ? "± " + Numbers.percent(found.calls()) : "–")
                        + (Caveats.isWide(found.calls()) ? Caveats.MARK : ""));
    }

    private String device(DeviceResults device, boolean one) {
        SweepFigures figures = new SweepFigures(results, device);
        StringBuilder text = new StringBuilder();
        text.append(
                "<section id=\"device%s\">\n<div class=\"opening\">\n<h2>%s%s</h2>\n"
                        .formatted(
                                device.number(),
                                Html.escape(DeviceName.of(device).heading()),
                                id(device)));
        paragraph(text, " class=\"hardware\"", DeviceName.of(device).rest());
        if (one) {
            for (String words : Findings.inWords(device)) {
                paragraph(text, "", words);
            }
        }
        for (String note : figures.notes()) {
            paragraph(text, " class=\"note\"", note);
        }
        List<Figure> all = figures.all();
        text.append(figure(all.getFirst())).append("</div>\n");
        all.stream().skip(1).forEach(figure -> text.append(figure(figure)));
        return text.append("</section>\n").toString();
    }

    private static void paragraph(StringBuilder text, String attributes, String words) {
        if (!words.isEmpty()) {
            text.append("<p%s>%s</p>\n".formatted(attributes, Html.escape(words)));
        }
    }

    /** Where series ended, and why. */
    private String ends() {
        List<List<String>> rows = new ArrayList<>();
        for (DeviceResults device : results.byDevice()) {
            for (Series series : device.series()) {
                Point.Unmeasured end = series.end();
                if (end != null) {
                    rows.add(
                            List.of(
                                    DeviceName.of(device).label(),
                                    Look.of(series.algorithm()).shortName(),
                                    "%s at %s"
                                            .formatted(
                                                    end.outcome(), Lengths.inWords(end.tokens())),
                                    Words.said(end.reason())));
                }
            }
        }
        return rows.isEmpty()
                ? ""
                : "<section id=\"ends\">\n<h2>What was not measured</h2>\n"
                        + Html.table(
                                new Grid(
                                        "Where a series ended, and why",
                                        List.of("device", "algorithm", "ended", "why"),
                                        rows))
                        + "</section>\n";
    }

    private static String resource(String name) {
        try (InputStream in = SweepPage.class.getResourceAsStream(name)) {
            return new String(
                            Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8)
                    .strip();
        } catch (IOException e) {
            throw new IllegalStateException(name, e);
        }
    }

    /** A figure: its title, chart in both sizes, summary and table. */
    private static String figure(Figure figure) {
        return """
        <figure id="%s">
        <figcaption><h3>%s</h3><p>%s</p></figcaption>
        %s%s%s</figure>
        """
                .formatted(
                        figure.id(),
                        Html.escape(figure.title()),
                        Html.escape(figure.summary()),
                        SvgChart.of(figure, SvgChart.Size.WIDE),
                        SvgChart.of(figure, SvgChart.Size.NARROW),
                        Html.table(figure.grid()));
    }
}
