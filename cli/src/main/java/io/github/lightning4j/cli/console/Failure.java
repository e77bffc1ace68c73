package io.github.lightning4j.cli.console;

import io.github.lightning4j.BackendException;
import io.github.lightning4j.results.text.Words;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;
import java.util.Objects;

/**
 * How a command ends that threw something: everything that can be thrown, even an {@link Error} or
 * a bug of this program, has an exit code and a message.
 *
 * @param code the exit code
 * @param message why, as one line without anything that a terminal obeys
 */
public record Failure(int code, String message) {
    private static final String MORE_HEAP =
            "; try a smaller shape or set LIGHTNING_JAVA_OPTS=-Xmx…";
    private static final String SHOW = "; --debug shows where";

    /** How the JVM says that a page of a mapped file is not there any more. */
    private static final String FAULT = "unsafe memory access";

    /** Ensures that the message is one line. */
    public Failure {
        // Messages of drivers are coloured and have several lines.
        message = Words.said(message);
    }

    /** What to say about anything that was thrown. */
    public static Failure of(Throwable thrown) {
        return switch (thrown) {
            case BackendException e -> new Failure(ExitCode.DEVICE, words(e));
            case UncheckedIOException e ->
                    new Failure(ExitCode.FILE, words(Objects.requireNonNullElse(e.getCause(), e)));
            case IOException e -> new Failure(ExitCode.FILE, words(e));
            case IllegalArgumentException e -> new Failure(ExitCode.USAGE, words(e));
            case OutOfMemoryError e -> new Failure(ExitCode.DEVICE, outOfMemory(e));
            case StackOverflowError _ ->
                    new Failure(
                            ExitCode.DEVICE,
                            "the stack of a thread is too small; set LIGHTNING_JAVA_OPTS=-Xss8m"
                                    + SHOW);
            case InternalError e when words(e).contains(FAULT) ->
                    new Failure(ExitCode.FILE, "a file was cut while it was read");
            case LinkageError e ->
                    new Failure(
                            ExitCode.DEVICE,
                            "a class cannot be loaded ("
                                    + root(e)
                                    + "); is the installation complete?"
                                    + SHOW);
            default ->
                    new Failure(ExitCode.DEVICE, "this should not have happened: " + thrown + SHOW);
        };
    }

    private static String outOfMemory(OutOfMemoryError e) {
        String message = String.valueOf(e.getMessage());
        String hint = message.toLowerCase(Locale.ROOT).contains("heap") ? MORE_HEAP : "";
        return "out of memory (" + message + ")" + hint;
    }

    private static Throwable root(Throwable thrown) {
        Throwable root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }

    /** What went wrong; errors of the file system may have nothing but the file for a message. */
    private static String words(Throwable e) {
        String message = e.getMessage() == null ? e.toString() : e.getMessage();
        boolean bare = e instanceof FileSystemException file && message.equals(file.getFile());
        if (!bare || message.contains(": ")) {
            return message;
        }
        return switch (e) {
            case NoSuchFileException _ -> message + ": there is no such file or folder";
            case AccessDeniedException _ -> message + ": access is denied";
            case FileAlreadyExistsException _ -> message + ": it is there already";
            default -> message + ": " + e.getClass().getSimpleName();
        };
    }
}
