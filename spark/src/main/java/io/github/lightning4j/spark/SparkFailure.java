package io.github.lightning4j.spark;

import io.github.lightning4j.BackendException;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.ExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Why Spark gave a job up, in the words of what failed on an executor. */
final class SparkFailure {
    /** Spark has it in a text, with the stack of the executor in the lines behind it. */
    private static final Pattern LAST =
            Pattern.compile("most recent failure: Lost task [^\\n]*?: ([^\\n]*)");

    private static final Pattern CLASS = Pattern.compile("(?:[\\w$]+\\.)+([\\w$]+)(?:: )?(.*)");

    private SparkFailure() {}

    /**
     * What is thrown instead.
     *
     * @throws BackendException if the reason is no file
     */
    static IOException of(Exception e) {
        if (e instanceof IOException file) {
            return file;
        }
        if (e instanceof ExecutionException && e.getCause() instanceof Exception cause) {
            return of(cause);
        }
        String message = String.valueOf(e.getMessage());
        Matcher last = LAST.matcher(message);
        String reason = last.find() ? last.group(1) : message.lines().findFirst().orElse("");
        if (reason.contains("UnsupportedClassVersionError")) {
            throw new BackendException(
                    "an executor runs a Java that is too old; set JAVA_HOME of the workers, or"
                            + " spark.executorEnv.JAVA_HOME, to Java "
                            + Runtime.version().feature()
                            + " ("
                            + reason
                            + ")",
                    e);
        }
        Matcher thrown = CLASS.matcher(reason);
        boolean named = thrown.matches();
        String words = named && !thrown.group(2).isEmpty() ? thrown.group(2) : reason;
        if (named && isOfFile(thrown.group(1))) {
            return new IOException("executors failed again and again: " + words, e);
        }
        throw new BackendException("executors failed again and again: " + words, e);
    }

    /** What is thrown instead where a file was being read, without the flag that is set still. */
    static InterruptedException interrupted(ClosedByInterruptException e) {
        boolean _ = Thread.interrupted();
        return (InterruptedException) new InterruptedException(e.getMessage()).initCause(e);
    }

    private static boolean isOfFile(String simpleName) {
        return simpleName.equals("IOException")
                || simpleName.equals("MalformedDataException")
                || simpleName.endsWith("FileException")
                || simpleName.startsWith("FileSystem")
                || simpleName.equals("AccessDeniedException");
    }
}
