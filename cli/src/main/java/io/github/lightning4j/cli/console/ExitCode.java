package io.github.lightning4j.cli.console;

/** The exit codes of commands, as {@code lightning --help} lists them. */
public final class ExitCode {
    /** Done, and every check passed. */
    public static final int OK = 0;

    /** A check failed. */
    public static final int CHECK_FAILED = 1;

    /** The command line or a value on it is wrong. */
    public static final int USAGE = 2;

    /** The device cannot be used, failed or ran out of memory, or lightning itself failed. */
    public static final int DEVICE = 3;

    /** A file cannot be read or written, or the output was closed. */
    public static final int FILE = 4;

    private ExitCode() {}
}
