package io.github.lightning4j.results.report;

import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.font.FontRenderContext;
import java.awt.font.LineMetrics;
import java.awt.geom.Rectangle2D;

/**
 * A font of known widths, those of Helvetica and the many like it, so that charts are the same on
 * machines with other fonts or none. The page says which font is really used.
 */
final class ChartFont extends Font {
    private static final long serialVersionUID = 1L;
    private static final String FAMILY = "sans-serif";
    private static final double ASCENT = 0.76;
    private static final double DESCENT = 0.22;
    private static final double NARROW = 0.28;
    private static final double USUAL = 0.56;
    private static final double WIDE = 0.72;

    ChartFont(int style, int size) {
        super(FAMILY, style, size);
    }

    /** Width of a text in pixels. */
    double width(String text) {
        double width = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            width +=
                    "ijltfrI .,:;'|!-()".indexOf(c) >= 0
                            ? NARROW
                            : "mwMW".indexOf(c) >= 0 || Character.isUpperCase(c) ? WIDE : USUAL;
        }
        return width * getSize() * (isBold() ? 1.06 : 1);
    }

    @Override
    public String getFamily() {
        return FAMILY;
    }

    @Override
    public LineMetrics getLineMetrics(String text, FontRenderContext context) {
        return new Metrics(text.length());
    }

    @Override
    public Rectangle2D getStringBounds(String text, FontRenderContext context) {
        return new Rectangle2D.Double(
                0, -ASCENT * getSize(), width(text), (ASCENT + DESCENT) * getSize());
    }

    /** Its metrics for a graphics context. */
    FontMetrics metrics() {
        return new ContextMetrics(this);
    }

    private static final class ContextMetrics extends FontMetrics {
        private static final long serialVersionUID = 1L;

        ContextMetrics(ChartFont font) {
            super(font);
        }

        @Override
        public int getAscent() {
            return (int) Math.ceil(ASCENT * font.getSize());
        }

        @Override
        public int getDescent() {
            return (int) Math.ceil(DESCENT * font.getSize());
        }

        @Override
        public int stringWidth(String text) {
            return (int) Math.ceil(((ChartFont) font).width(text));
        }

        @Override
        public int charsWidth(char[] data, int from, int length) {
            return stringWidth(new String(data, from, length));
        }
    }

    private final class Metrics extends LineMetrics {
        private final int characters;

        Metrics(int characters) {
            this.characters = characters;
        }

        @Override
        public int getNumChars() {
            return characters;
        }

        @Override
        public float getAscent() {
            return (float) (ASCENT * getSize());
        }

        @Override
        public float getDescent() {
            return (float) (DESCENT * getSize());
        }

        @Override
        public float getLeading() {
            return 0;
        }

        @Override
        public float getHeight() {
            return getAscent() + getDescent();
        }

        @Override
        public int getBaselineIndex() {
            return ROMAN_BASELINE;
        }

        @Override
        public float[] getBaselineOffsets() {
            return new float[3];
        }

        @Override
        public float getStrikethroughOffset() {
            return -0.3f * getSize();
        }

        @Override
        public float getStrikethroughThickness() {
            return 1;
        }

        @Override
        public float getUnderlineOffset() {
            return 1;
        }

        @Override
        public float getUnderlineThickness() {
            return 1;
        }
    }
}
