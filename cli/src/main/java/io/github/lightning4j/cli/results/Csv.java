package io.github.lightning4j.cli.results;

import org.jspecify.annotations.Nullable;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Points as comma-separated values (RFC 4180): a line each, columns as in the JSON document, and
 * then the batch, which there the shape says.
 */
public final class Csv {
    private Csv() {}

    /**
     * All points.
     *
     * @param results a sweep
     * @return lines that end in CRLF, the names of the columns first
     */
    public static String of(SweepResults results) {
        RecordComponent[] columns = Point.class.getRecordComponents();
        String header =
                Arrays.stream(columns)
                        .map(RecordComponent::getName)
                        .collect(Collectors.joining(",", "", ",batch"));
        return results.points().stream()
                .map(point ->
                        Arrays.stream(columns)
                                .map(column -> cell(value(column, point)))
                                .collect(Collectors.joining(",", "", batch(results, point))))
                .collect(Collectors.joining("\r\n", header + "\r\n", "\r\n"));
    }

    private static String batch(SweepResults results, Point point) {
        return "," + results.shape().batchAt(point.tokens());
    }

    private static @Nullable Object value(RecordComponent column, Point point) {
        try {
            return column.getAccessor().invoke(point);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(column.getName(), e);
        }
    }

    private static String cell(@Nullable Object value) {
        String text = value == null ? "" : value.toString();
        return text.matches("[^\",\r\n]*") ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
