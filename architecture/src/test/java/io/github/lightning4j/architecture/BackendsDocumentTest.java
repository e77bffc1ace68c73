package io.github.lightning4j.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The backend that docs/backends.md shows, as a reader would copy it. */
class BackendsDocumentTest {
    private static final Pattern FILE = Pattern.compile("(?s)\n`([^`\n]+)`\n\n```\\w*\n(.*?)```");
    private static final Pattern PASSED = Pattern.compile("passed (\\d+)");
    private static final Pattern VERSION = Pattern.compile("<version>([^<]+)</version>");
    private static final Pattern ARTIFACT = Pattern.compile("<artifactId>([^<]+)</artifactId>");
    private static final String RESOURCES = "src/main/resources/";

    @TempDir private Path folder;
    private final Map<String, String> files = new LinkedHashMap<>();

    @BeforeEach
    void readTheFiles() throws IOException {
        Matcher file = FILE.matcher(Files.readString(House.path("docs/backends.md")));
        while (file.find()) {
            files.put(file.group(1), file.group(2));
        }
    }

    @Test
    void theBackendCompilesAndHoldsTheLaws() throws Exception {
        Path classes = Files.createDirectories(folder.resolve("classes"));
        List<String> sources = new ArrayList<>();
        List<String> tests = new ArrayList<>();
        for (Map.Entry<String, String> file : files.entrySet()) {
            String name = file.getKey();
            if (name.endsWith(".java")) {
                sources.add(write(folder.resolve(name), file.getValue()).toString());
                if (name.startsWith("src/test/java/")) {
                    tests.add(
                            name.substring("src/test/java/".length(), name.length() - 5)
                                    .replace('/', '.'));
                }
            } else if (name.startsWith(RESOURCES)) {
                write(classes.resolve(name.substring(RESOURCES.length())), file.getValue());
            }
        }
        String classPath = System.getProperty("java.class.path");
        List<String> options =
                List.of("-Xlint:all,-classfile,-path", "-Werror", "-proc:none", "-cp", classPath);
        Jars.tool(
                "javac",
                Stream.of(options, List.of("-d", classes.toString()), sources)
                        .flatMap(List::stream)
                        .toArray(String[]::new));

        List<String> run =
                List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        classes + File.pathSeparator + classPath,
                        RunTests.class.getName());
        String output =
                Jvm.succeed(
                        Jvm.home(),
                        Stream.of(run, tests).flatMap(List::stream).toArray(String[]::new));
        assertTrue(passed(output) > 200, output);
    }

    private static int passed(String output) {
        Matcher passed = PASSED.matcher(output);
        return passed.find() ? Integer.parseInt(passed.group(1)) : 0;
    }

    /** Whether it resolves is tested where the same is asked of README.md. */
    @Test
    void thePomAsksForWhatTheBomOfThisVersionHas() throws IOException {
        String pom = files.get("pom.xml");
        String bom = Files.readString(House.path("bom/pom.xml"));
        assertEquals(only(VERSION, bom.substring(0, bom.indexOf("</parent>"))), only(VERSION, pom));
        List<String> artifacts =
                ARTIFACT.matcher(pom).results().map(match -> match.group(1)).toList();
        assertEquals(
                List.of("lightning4j-bom", "lightning4j-api", "lightning4j-conformance"),
                artifacts);
        artifacts.forEach(artifact ->
                assertTrue(bom.contains("<artifactId>" + artifact + "</artifactId>"), artifact));
    }

    private static String only(Pattern pattern, String text) {
        List<String> found = pattern.matcher(text).results().map(match -> match.group(1)).toList();
        assertEquals(1, found.size(), text);
        return found.getFirst();
    }

    private static Path write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }
}
