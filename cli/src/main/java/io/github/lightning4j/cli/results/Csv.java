package io.github.lightning4j.cli.results;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Points as comma-separated values (RFC 4180): a line each, columns as in the JSON document, and
 * then the batch, which there the shape says.
 */
public final class Csv {
    private static final String LINE_END = "\r\n";

    private Csv() {}

    /**
     * All points.
     *
     * @param results a sweep
     * @return lines that end in CRLF, the names of the columns first
     */
    public static String of(SweepResults results) {
        Point any = Point.without("", "", 1, Point.STOPPED, "");
        List<String> lines = new ArrayList<>();
        lines.add(String.join(",", PointFields.of(any).keySet()) + ",batch");
        for (Point point : results.points()) {
            Map<String, @Nullable Object> fields = PointFields.of(point);
            lines.add(
                    fields.values().stream().map(Csv::cell).collect(Collectors.joining(","))
                            + ","
                            + results.shape().batches().at(point.tokens()));
        }
        return String.join(LINE_END, lines) + LINE_END;
    }

    private static String cell(@Nullable Object value) {
        String text = value == null ? "" : value.toString();
        return text.matches("[^\",\r\n]*") ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
