package io.github.lightning4j.cli.results;

/**
 * How long a sweep measures.
 *
 * @param warmUpSeconds calls before the clock, at each length, at the least
 * @param seconds timed calls begin for so long, at each length
 * @param pointSeconds what the calls of a length may take together; a series ends where they would
 *     take longer
 */
public record Budget(double warmUpSeconds, double seconds, double pointSeconds) {}
