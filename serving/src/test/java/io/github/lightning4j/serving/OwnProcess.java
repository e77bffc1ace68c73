package io.github.lightning4j.serving;

import java.io.IOException;
import java.nio.file.Path;

/** A JVM with the classes of this one, to be killed. */
final class OwnProcess {
    private OwnProcess() {}

    /** Starts the main method of a class with a folder; the reader of its output ends it. */
    static Process start(Class<?> main, Path folder) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        main.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
