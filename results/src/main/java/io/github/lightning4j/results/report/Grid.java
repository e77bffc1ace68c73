package io.github.lightning4j.results.report;

import java.util.List;

/**
 * The table under a figure.
 *
 * @param caption what it has
 * @param header names of the columns; the first is that of the rows' names
 * @param rows cells; the first of each names the row
 */
record Grid(String caption, List<String> header, List<List<String>> rows) {}
