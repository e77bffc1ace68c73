package io.github.lightning4j.tornado;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.LightningAttention;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
        List<String> classPath = new ArrayList<>(apiJars());
        assertEquals(1, classPath.size(), "API jars: " + classPath);
        classPath.add(of(LightningAttention.class));
        classPath.add(of(NullMarked.class));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null);
                Stream<Path> written = Files.walk(Path.of("src", "main", "java"));
                Stream<Path> generated =
                        Files.walk(Path.of("target", "generated-sources", "kernels"))) {
            boolean compiled =
                    compiler.getTask(
                                    messages,
                                    manager,
                                    null,
                                    List.of(
                                            "--release",
                                            "25",
                                            "-cp",
                                            String.join(":", classPath),
                                            "-d",
                                            classes.toString()),
                                    null,
                                    manager.getJavaFileObjectsFromPaths(
                                            Stream.concat(written, generated)
                                                    .filter(SdkCompilationTest::isOfClassPath)
                                                    .toList()))
                            .call();
            assertTrue(compiled, messages.toString());
        }
    }

    /** TornadoVM's modules are on the class path here, as no module is. */
    private static boolean isOfClassPath(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".java") && !name.equals("module-info.java");
    }

    /** The jar that the SDK has its API in. */
    static List<String> apiJars() throws IOException {
        Path jars =
                Path.of(System.getProperty("lightning.tornado.sdk"), "share", "java", "tornado");
        try (Stream<Path> files = Files.list(jars)) {
            return files.map(Path::toString).filter(file -> file.contains("tornado-api")).toList();
        }
    }

    private static String of(Class<?> type) throws Exception {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    }
}
