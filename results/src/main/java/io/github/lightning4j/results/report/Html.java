package io.github.lightning4j.results.report;

import io.github.lightning4j.io.Quoted;

import java.util.List;

/** Pieces of a page. */
final class Html {
    /** Columns of a table that needs its room. */
    private static final int WIDE = 7;

    private Html() {}

    /**
     * Text as it may stand between tags and in quotes, without characters that no page may have; a
     * percent sign stays with its number.
     */
    static String escape(String text) {
        return Quoted.line(text)
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace(" %", "\u00a0%");
    }

    /** A table that scrolls by itself where it is too wide. */
    static String table(Grid grid) {
        StringBuilder text = new StringBuilder();
        text.append("<div class=\"table")
                .append(grid.header().size() > WIDE ? " wide" : "")
                .append("\" role=\"region\" tabindex=\"0\" aria-label=\"")
                .append(escape(grid.caption()))
                .append("\">\n<table>\n<caption>")
                .append(escape(grid.caption()))
                .append("</caption>\n<thead><tr>");
        for (String name : grid.header()) {
            text.append("<th scope=\"col\">").append(escape(name)).append("</th>");
        }
        text.append("</tr></thead>\n<tbody>\n");
        for (List<String> row : grid.rows()) {
            text.append("<tr><th scope=\"row\">").append(escape(row.getFirst())).append("</th>");
            for (String cell : row.subList(1, row.size())) {
                text.append("<td>").append(escape(cell)).append("</td>");
            }
            text.append("</tr>\n");
        }
        return text.append("</tbody>\n</table>\n</div>\n").toString();
    }
}
