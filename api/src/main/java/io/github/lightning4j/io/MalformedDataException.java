package io.github.lightning4j.io;

import java.io.IOException;

/** A file or snapshot is not what it should be. The message names it, what is wrong and why. */
public class MalformedDataException extends IOException {
    private static final long serialVersionUID = 1L;

    /**
     * With a reason.
     *
     * @param message what is wrong where
     */
    public MalformedDataException(String message) {
        super(message);
    }

    /**
     * With a reason and its cause.
     *
     * @param message what is wrong where
     * @param cause what was thrown underneath
     */
    public MalformedDataException(String message, Throwable cause) {
        super(message, cause);
    }
}
