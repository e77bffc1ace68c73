package io.github.lightning4j.results.text;

import java.util.ArrayList;
import java.util.List;

/**
 * Text in columns as wide as their widest cell; the last column is not padded. What cells have of
 * others' words is spelled out and cut as {@link Words#name} does. Not thread-safe.
 */
public final class Table {
    private final List<List<String>> rows = new ArrayList<>();
    private int firstNumber = Integer.MAX_VALUE;
    private int lastNumber = Integer.MAX_VALUE;

    /** Begins with the names of the columns; empty ones for none. */
    public Table(String... header) {
        row(header);
    }

    /** Says which columns have numbers, which stand at the right. */
    public Table numbers(int first, int last) {
        firstNumber = first;
        lastNumber = last;
        return this;
    }

    private boolean isNumber(int column) {
        return column >= firstNumber && column <= lastNumber;
    }

    /** Adds a row. */
    public void row(String... cells) {
        row(List.of(cells));
    }

    /** Adds a row. */
    public void row(List<String> cells) {
        rows.add(cells.stream().map(Words::name).toList());
    }

    @Override
    public String toString() {
        int[] widths = new int[rows.getFirst().size()];
        for (List<String> row : rows) {
            for (int i = 0; i < row.size(); i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.size(); i++) {
                int free = widths[i] - row.get(i).length();
                line.repeat(' ', isNumber(i) ? free : 0)
                        .append(row.get(i))
                        .repeat(' ', isNumber(i) ? 2 : free + 2);
            }
            if (!line.toString().isBlank()) {
                text.append(line.toString().stripTrailing()).append(System.lineSeparator());
            }
        }
        return text.toString();
    }

    /** The same as Markdown. */
    public String markdown() {
        StringBuilder text = new StringBuilder();
        rows.forEach(row -> {
            boolean header = text.isEmpty();
            row.forEach(cell -> text.append("| ").append(markdown(cell)).append(' '));
            text.append("|\n");
            if (header) {
                for (int i = 0; i < row.size(); i++) {
                    text.append(isNumber(i) ? "|--:" : "|---");
                }
                text.append("|\n");
            }
        });
        return text.toString();
    }

    /** Text that Markdown takes for text: no end of a cell, no element of HTML. */
    public static String markdown(String text) {
        return text.replace("|", "\\|").replace("<", "&lt;");
    }
}
