package io.github.lightning4j.cli.console;

/** The command line, or a value on it, is wrong; who reads it is pointed to the command's help. */
public final class UsageException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    /** With what is wrong, and what it must be. */
    public UsageException(String message) {
        super(message);
    }
}
