package io.github.lightning4j.tornado;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.tools.ToolProvider;

/**
 * The sample of docs/composing.md. TornadoVM looks for classes of kernels on the class path of the
 * JVM only, so {@link SdkProcess} has a folder for it there.
 */
final class ComposingSample {
    private static final Path DOCUMENT = Path.of("..", "docs", "composing.md");
    private static final Pattern SAMPLE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    private ComposingSample() {}

    /** Compiles it into a folder, against what of TornadoVM is on this class path. */
    static void compile(Path folder, List<String> classPath) throws IOException {
        Files.createDirectories(folder);
        Matcher sample = SAMPLE.matcher(Files.readString(DOCUMENT));
        assertTrue(sample.find(), DOCUMENT + " has a sample");
        Path source = Files.writeString(folder.resolve("Layer.java"), sample.group(1));
        int code =
                ToolProvider.getSystemJavaCompiler()
                        .run(
                                null,
                                null,
                                null,
                                "-g",
                                "-Xlint:all,-classfile,-path",
                                "-Werror",
                                "-cp",
                                String.join(":", classPath),
                                "-d",
                                folder.toString(),
                                source.toString());
        assertEquals(0, code, "it compiles");
    }
}
