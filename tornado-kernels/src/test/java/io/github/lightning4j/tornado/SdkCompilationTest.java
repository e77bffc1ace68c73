package io.github.lightning4j.tornado;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.LightningAttention;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** The sources compile against the SDK's own API as they do against the signatures. */
@EnabledIfSystemProperty(named = "lightning.tornado.sdk", matches = ".+")
class SdkCompilationTest {
    @Test
    void compiles(@TempDir Path classes) throws Exception {
        Path jars =
                Path.of(System.getProperty("lightning.tornado.sdk"), "share", "java", "tornado");
        List<Path> classPath;
        try (Stream<Path> files = Files.list(jars)) {
            classPath =
                    Stream.concat(
                                    files.filter(file -> file.toString().contains("tornado-api")),
                                    Stream.of(of(LightningAttention.class), of(NullMarked.class)))
                            .toList();
        }
        assertEquals(3, classPath.size(), "class path: " + classPath);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null);
                Stream<Path> sources = Files.walk(Path.of("src", "main", "java"))) {
            boolean compiled =
                    compiler.getTask(
                                    messages,
                                    manager,
                                    null,
                                    List.of(
                                            "--release",
                                            "25",
                                            "-cp",
                                            String.join(
                                                    ":",
                                                    classPath.stream()
                                                            .map(Path::toString)
                                                            .toList()),
                                            "-d",
                                            classes.toString()),
                                    null,
                                    manager.getJavaFileObjectsFromPaths(
                                            sources.filter(file ->
                                                            file.toString().endsWith(".java"))
                                                    .toList()))
                            .call();
            assertTrue(compiled, messages.toString());
        }
    }

    private static Path of(Class<?> type) throws Exception {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }
}
