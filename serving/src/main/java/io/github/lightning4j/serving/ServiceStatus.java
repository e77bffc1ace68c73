package io.github.lightning4j.serving;

/**
 * What a service has at the moment.
 *
 * @param conversations that are open
 * @param resident how many of them are on the device
 * @param waiting calls that wait or run
 * @param closing whether nothing more is taken
 * @param hostBytes of states in memory, of conversations that are not on the device
 * @param diskBytes of files of such states
 */
public record ServiceStatus(
        int conversations,
        int resident,
        int waiting,
        boolean closing,
        long hostBytes,
        long diskBytes) {}
