package io.github.lightning4j.results.report;

import org.jfree.chart.ChartRenderingInfo;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.AxisState;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberTick;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.chart.ui.RectangleEdge;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.chart.ui.TextAnchor;
import org.jfree.data.Range;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;

import java.awt.BasicStroke;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * A figure as an SVG element: logarithmic axes, a label at the end of each curve, marks of
 * different shapes for those who do not tell the colours apart.
 */
final class SvgChart {
    private static final int LINE = 14;

    /** After what an axis measures, because the distances on it are not what they look like. */
    private static final String LOGARITHMIC = ", log scale";

    private static final double WIDE_FONT = 1.2;
    private static final ChartFont SMALL = new ChartFont(Font.PLAIN, 12);
    private static final ChartFont STRONG = new ChartFont(Font.BOLD, 12);

    private final Figure figure;
    private final Size size;

    /** Pixels of a chart at its natural size, and those right of the plot for short labels. */
    enum Size {
        /** For pages. */
        WIDE(760, 400, 104),
        /** For phones. */
        NARROW(380, 330, 92);

        private final int width;
        private final int height;
        private final int right;

        Size(int width, int height, int right) {
            this.width = width;
            this.height = height;
            this.right = right;
        }

        /** Its name in ids and classes. */
        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private SvgChart(Figure figure, Size size) {
        this.figure = figure;
        this.size = size;
    }

    /** Draws a figure. */
    static String of(Figure figure, Size size) {
        return new SvgChart(figure, size).svg("");
    }

    /** Draws a figure that stands alone, with a style sheet of its own. */
    static String withStyle(Figure figure, String style) {
        return new SvgChart(figure, Size.WIDE).svg("<style>" + style + "</style>\n");
    }

    private String svg(String style) {
        String id = figure.id() + "-" + size.word();
        return """
        <svg xmlns="http://www.w3.org/2000/svg" class="chart %s" viewBox="0 0 %s %s" role="img" \
        aria-labelledby="%s-title %s-desc" font-size="12px" stroke-linecap="square" \
        stroke-miterlimit="10">
        <title id="%s-title">%s</title>
        <desc id="%s-desc">%s</desc>
        %s%s
        </svg>
        """
                .formatted(
                        size.word(),
                        size.width,
                        size.height,
                        id,
                        id,
                        id,
                        Html.escape(figure.title()),
                        id,
                        Html.escape(figure.summary()),
                        style,
                        draw(id));
    }

    private String draw(String id) {
        XYPlot plot = plot();
        JFreeChart chart = new JFreeChart(null, SMALL, plot, false);
        chart.setBackgroundPaint(null);
        chart.setPadding(RectangleInsets.ZERO_INSETS);
        chart.setBorderVisible(false);
        chart.setElementHinting(false);
        SvgCanvas canvas = SvgCanvas.named(id);
        ChartRenderingInfo info = new ChartRenderingInfo(null);
        chart.draw(canvas, new Rectangle2D.Double(0, 0, size.width, size.height), null, info);
        Rectangle2D area = info.getPlotInfo().getDataArea();
        canvas.setFont(SMALL);
        canvas.setPaint(ChartColour.MUTED);
        canvas.drawString(figure.y().label() + LOGARITHMIC, 2, LINE);
        String below = figure.x().label() + LOGARITHMIC;
        canvas.drawString(
                below, (float) (area.getMaxX() - SMALL.width(below)), (float) size.height - 5);
        labels(canvas, plot, area);
        return canvas.elements(id);
    }

    private XYPlot plot() {
        XYSeriesCollection data = new XYSeriesCollection();
        XYLineAndShapeRenderer renderer = new XYLineAndShapeRenderer();
        renderer.setDrawSeriesLineAsPath(true);
        for (int i = 0; i < figure.curves().size(); i++) {
            Curve curve = figure.curves().get(i);
            XYSeries series = new XYSeries(i, false, true);
            curve.dots().forEach(dot -> series.add(dot.x(), dot.y()));
            data.addSeries(series);
            renderer.setSeriesPaint(i, ChartColour.of(curve.colour()));
            renderer.setSeriesStroke(i, stroke(curve));
            renderer.setSeriesShape(i, mark(curve.colour()));
            renderer.setSeriesShapesVisible(i, curve.marked());
            renderer.setSeriesShapesFilled(i, !curve.dashed());
        }
        XYPlot plot =
                new XYPlot(
                        data,
                        axis(figure.x(), bounds(Curve.Dot::x), 1.06),
                        axis(figure.y(), bounds(Curve.Dot::y), 1.25),
                        renderer);
        plot.setBackgroundPaint(null);
        plot.setOutlineVisible(false);
        plot.setDomainGridlinesVisible(false);
        plot.setRangeGridlinePaint(ChartColour.GRID);
        plot.setRangeGridlineStroke(new BasicStroke(1));
        plot.setAxisOffset(RectangleInsets.ZERO_INSETS);
        plot.setInsets(new RectangleInsets(LINE + 10, 2, LINE + 4, right()));
        return plot;
    }

    /** Pixels right of the plot, as many as its longest label needs in a wide font. */
    private double right() {
        return figure.curves().stream()
                .mapToDouble(curve -> width(curve) + 10)
                .reduce(size.right, Math::max);
    }

    /** Pixels of a label in a wide font. */
    private static double width(Curve curve) {
        return WIDE_FONT * font(curve).width(curve.label());
    }

    private static ChartFont font(Curve curve) {
        return curve.strong() ? STRONG : SMALL;
    }

    /**
     * From the least to the most of all dots. A collection's own bounds are those of its bars, half
     * a unit wider, which a logarithmic axis that begins below 0.5 does not survive.
     */
    private Range bounds(ToDoubleFunction<Curve.Dot> coordinate) {
        double[] sorted =
                figure.curves().stream()
                        .flatMap(c -> c.dots().stream())
                        .mapToDouble(coordinate)
                        .sorted()
                        .toArray();
        return new Range(sorted[0], sorted[sorted.length - 1]);
    }

    private static LogAxis axis(Figure.Axis axis, Range data, double margin) {
        double low = data.getLowerBound() / margin;
        double high = data.getUpperBound() * margin;
        Ticked ticked =
                new Ticked(axis.ticks().isEmpty() ? Ticks.between(low, high) : axis.ticks());
        ticked.setRange(low, high);
        ticked.setTickLabelFont(SMALL);
        ticked.setTickLabelPaint(ChartColour.MUTED);
        ticked.setAxisLinePaint(ChartColour.GRID);
        ticked.setTickMarkPaint(ChartColour.GRID);
        ticked.setMinorTickMarksVisible(false);
        return ticked;
    }

    /** A logarithmic axis with the ticks it is told. */
    private static final class Ticked extends LogAxis {
        private static final long serialVersionUID = 1L;
        private final transient List<Figure.Tick> ticks;

        Ticked(List<Figure.Tick> ticks) {
            super(null);
            this.ticks = ticks;
        }

        @Override
        public List<NumberTick> refreshTicks(
                Graphics2D g, AxisState state, Rectangle2D area, RectangleEdge edge) {
            boolean below = RectangleEdge.isTopOrBottom(edge);
            List<NumberTick> shown = new ArrayList<>();
            double free = Double.NEGATIVE_INFINITY;
            for (Figure.Tick tick : ticks) {
                if (tick.at() < getLowerBound() || tick.at() > getUpperBound()) {
                    continue;
                }
                double half = below ? SMALL.width(tick.label()) / 2 + 3 : 0;
                double at = below ? valueToJava2D(tick.at(), area, edge) : 0;
                boolean fits = !below || at - half >= free;
                free = fits ? at + half : free;
                shown.add(
                        new NumberTick(
                                tick.at(),
                                fits ? tick.label() : "",
                                below ? TextAnchor.TOP_CENTER : TextAnchor.CENTER_RIGHT,
                                TextAnchor.CENTER,
                                0));
            }
            return shown;
        }
    }

    private static BasicStroke stroke(Curve curve) {
        float width = curve.strong() ? 2.75f : 1.5f;
        return curve.dashed()
                ? new BasicStroke(
                        width,
                        BasicStroke.CAP_BUTT,
                        BasicStroke.JOIN_ROUND,
                        10,
                        new float[] {5, 4},
                        0)
                : new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
    }

    private static Shape mark(int colour) {
        double r = 3.6;
        return switch (colour % 5) {
            case 0 -> new Ellipse2D.Double(-r, -r, 2 * r, 2 * r);
            case 1 -> new Rectangle2D.Double(-r + 0.4, -r + 0.4, 2 * r - 0.8, 2 * r - 0.8);
            case 2 -> polygon(0, -r - 0.6, r + 0.6, 0, 0, r + 0.6, -r - 0.6, 0);
            case 3 -> polygon(0, -r - 0.4, r + 0.4, r - 0.6, -r - 0.4, r - 0.6);
            default -> polygon(0, r + 0.4, r + 0.4, -r + 0.6, -r - 0.4, -r + 0.6);
        };
    }

    private static Path2D polygon(double... xy) {
        Path2D path = new Path2D.Double();
        path.moveTo(xy[0], xy[1]);
        for (int i = 2; i < xy.length; i += 2) {
            path.lineTo(xy[i], xy[i + 1]);
        }
        path.closePath();
        return path;
    }

    /** Writes the labels of curves near their ends. */
    private void labels(SvgCanvas canvas, XYPlot plot, Rectangle2D area) {
        ValueAxis xs = plot.getDomainAxis();
        ValueAxis ys = plot.getRangeAxis();
        List<EndLabels.Drawn> drawn = new ArrayList<>();
        for (Curve curve : figure.curves()) {
            List<Point2D> points = new ArrayList<>();
            for (Curve.Dot dot : curve.dots()) {
                points.add(
                        new Point2D.Double(
                                xs.valueToJava2D(dot.x(), area, RectangleEdge.BOTTOM),
                                ys.valueToJava2D(dot.y(), area, RectangleEdge.LEFT)));
            }
            drawn.add(new EndLabels.Drawn(curve, width(curve), points));
        }
        Rectangle2D whole = new Rectangle2D.Double(0, 0, size.width, size.height);
        for (EndLabels.Place place : EndLabels.of(area, whole, drawn)) {
            canvas.setFont(font(place.curve()));
            canvas.setPaint(ChartColour.of(place.curve().colour()));
            canvas.drawString(place.curve().label(), (float) place.x(), (float) place.y());
        }
    }
}
