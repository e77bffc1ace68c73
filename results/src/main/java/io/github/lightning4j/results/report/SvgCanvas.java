package io.github.lightning4j.results.report;

import org.apache.batik.svggen.SVGGeneratorContext;
import org.apache.batik.svggen.SVGGraphics2D;
import org.apache.batik.svggen.SVGIDGenerator;
import org.w3c.dom.Document;

import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics;
import java.io.IOException;
import java.io.StringWriter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;

/** Java's drawing as SVG elements, the same bytes for the same drawing. */
final class SvgCanvas extends SVGGraphics2D {
    private static final String SVG = "http://www.w3.org/2000/svg";
    private static final Pattern BODY = Pattern.compile("<svg[^>]*>(.*)</svg\\s*>", Pattern.DOTALL);
    private static final Pattern DIGITS = Pattern.compile("(\\d+\\.\\d{2})\\d+");

    /** What every element would say again, or the page's style sheet says. */
    private static final Pattern NOISE =
            Pattern.compile(
                    " (font-family|xml:space|text-rendering|color-rendering|image-rendering"
                            + "|shape-rendering|color-interpolation)=(\"[^\"]*\"|'[^']*')");

    private SvgCanvas(SVGGeneratorContext context) {
        super(context, false);
    }

    private SvgCanvas(SvgCanvas other) {
        super(other);
    }

    /** An empty canvas whose ids begin with a name. */
    static SvgCanvas named(String name) {
        try {
            Document document =
                    DocumentBuilderFactory.newDefaultInstance()
                            .newDocumentBuilder()
                            .getDOMImplementation()
                            .createDocument(SVG, "svg", null);
            SVGGeneratorContext context = SVGGeneratorContext.createDefault(document);
            context.setComment(null);
            context.setIDGenerator(
                    new SVGIDGenerator() {
                        @Override
                        public String generateID(String prefix) {
                            return name + "-" + super.generateID(prefix);
                        }
                    });
            return new SvgCanvas(context);
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Graphics create() {
        return new SvgCanvas(this);
    }

    @Override
    public FontMetrics getFontMetrics(Font font) {
        return ((ChartFont) font).metrics();
    }

    /** The elements drawn so far, without the one around them. */
    String elements(String name) {
        try {
            StringWriter writer = new StringWriter();
            stream(getRoot(), writer, false, false);
            Matcher body = BODY.matcher(writer.toString());
            if (!body.find()) {
                throw new IllegalStateException("nothing was drawn: " + writer);
            }
            String elements = NOISE.matcher(body.group(1)).replaceAll("");
            elements = DIGITS.matcher(elements).replaceAll("$1");
            return ChartColour.named(elements.replace("genericDefs", name + "-defs"))
                    .replaceAll("\\s*\n\\s*(/?>)", "$1")
                    .replace("><", ">\n<")
                    .strip();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
