package io.github.lightning4j.cli.text;

import java.util.ArrayList;
import java.util.List;

/** Text in columns as wide as their widest cell; the last column is not padded. Not thread-safe. */
public final class Table {
    private final List<String[]> rows = new ArrayList<>();

    /** Begins with the names of the columns; empty ones for none. */
    public Table(String... header) {
        rows.add(header);
    }

    /** Adds a row. */
    public void row(String... cells) {
        rows.add(cells);
    }

    @Override
    public String toString() {
        int[] widths = new int[rows.getFirst().length];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.length; i++) {
                line.append(row[i]).repeat(' ', widths[i] - row[i].length() + 2);
            }
            if (!line.toString().isBlank()) {
                text.append(line.toString().stripTrailing()).append(System.lineSeparator());
            }
        }
        return text.toString();
    }
}
