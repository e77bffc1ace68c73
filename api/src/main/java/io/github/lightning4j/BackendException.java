package io.github.lightning4j;

/**
 * A device cannot be used or has failed: it is unknown, unavailable, out of memory, or broke
 * mid-run. The message names the device and the reason.
 */
public class BackendException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * With a reason.
     *
     * @param message device and reason
     */
    public BackendException(String message) {
        super(message);
    }

    /**
     * With a reason and its cause.
     *
     * @param message device and reason
     * @param cause what was thrown underneath
     */
    public BackendException(String message, Throwable cause) {
        super(message, cause);
    }
}
