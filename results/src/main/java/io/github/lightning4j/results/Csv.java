package io.github.lightning4j.results;

import org.jspecify.annotations.Nullable;

/**
 * Points as comma-separated values (RFC 4180): a line each, columns as in the JSON document, and
 * then the batch, which there the shape says.
 */
public final class Csv {
    private static final String LINE_END = "\r\n";

    private Csv() {}

    /** All points: lines that end in CRLF, the names of the columns first. */
    public static String of(SweepResults results) {
        StringBuilder text = new StringBuilder();
        text.append(String.join(",", PointFields.NAMES)).append(",batch").append(LINE_END);
        for (Point point : results.points()) {
            PointFields.of(point).values().forEach(value -> text.append(cell(value)).append(','));
            text.append(results.shape().batches().at(point.tokens())).append(LINE_END);
        }
        return text.toString();
    }

    private static String cell(@Nullable Object value) {
        String text = value == null ? "" : value.toString();
        return text.matches("[^\",\r\n]*") ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
