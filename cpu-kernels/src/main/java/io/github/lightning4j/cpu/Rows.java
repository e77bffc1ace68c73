package io.github.lightning4j.cpu;

/**
 * A run of rows of one head.
 *
 * @param sequence r
 * @param head h
 * @param first the first token
 * @param count how many
 */
record Rows(int sequence, int head, long first, int count) {}
