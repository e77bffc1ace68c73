package io.github.lightning4j.serving;

/**
 * What a {@link PrefixStore} has at the moment.
 *
 * @param prefixes how many there are
 * @param hostBytes of states in memory
 * @param diskBytes of files
 */
public record PrefixUsage(int prefixes, long hostBytes, long diskBytes) {}
