package io.github.lightning4j.cli.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.cli.launcher.ScratchTree.Outcome;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * A JDK 25 anywhere is enough, for the launcher, for what it builds with, and for the Maven
 * wrapper.
 */
@DisabledOnOs(OS.WINDOWS)
class FindJdkTest {
    private static final List<String> COMMANDS =
            List.of(
                    "awk",
                    "basename",
                    "cat",
                    "cksum",
                    "dirname",
                    "find",
                    "flock",
                    "head",
                    "ls",
                    "mkdir",
                    "readlink",
                    "rm",
                    "sed",
                    "tail",
                    "touch",
                    "tr",
                    "uname",
                    "cp");

    @TempDir private Path folder;
    private ScratchTree tree;

    @BeforeEach
    void makeTree() throws Exception {
        tree = new ScratchTree(folder);
        tree.jdk(folder.resolve("home/.jdks/its"), "25");
    }

    /** A PATH of what the scripts use, without Java. */
    private String pathWithoutJava() throws Exception {
        Path bin = Files.createDirectories(folder.resolve("bin"));
        for (String command : COMMANDS) {
            ScratchTree.executable(
                    bin.resolve(command),
                    "PATH='%s' exec %s \"$@\"\n".formatted(System.getenv("PATH"), command));
        }
        return bin.toString();
    }

    /** What variables may say where a JDK 25 is in one of the usual places. */
    private List<Map<String, String>> environments() throws Exception {
        String old = tree.jdk(folder.resolve("jdk-17"), "17.0.9").toString();
        String runtime = tree.jdk(folder.resolve("jre-25"), "25.0.1").toString();
        Files.delete(Path.of(runtime, "bin/javac"));
        return List.of(
                Map.of("LIGHTNING_JAVA_HOME", "-", "JAVA_HOME", "/nonexistent"),
                Map.of("LIGHTNING_JAVA_HOME", "-", "JAVA_HOME", folder.toString()),
                Map.of("LIGHTNING_JAVA_HOME", "-", "JAVA_HOME", old),
                Map.of("LIGHTNING_JAVA_HOME", "-", "JAVA_HOME", runtime),
                Map.of("LIGHTNING_JAVA_HOME", "-", "JAVA_HOME", "", "PATH", pathWithoutJava()),
                Map.of("LIGHTNING_JAVA_HOME", "", "PATH", pathWithoutJava()));
    }

    private static void assertIsJdk25(String home, String why) throws IOException {
        Path jdk = Path.of(home);
        assertTrue(Files.isExecutable(jdk.resolve("bin/javac")), why + ": " + home);
        String release = Files.readString(jdk.resolve("release"));
        assertTrue(release.contains("JAVA_VERSION=\"25"), why + ": " + release);
    }

    @Test
    void theLauncherBuildsWithAJdk25WhateverTheVariablesSay() throws Exception {
        for (Map<String, String> environment : environments()) {
            tree.write("pom.xml", "");
            Files.deleteIfExists(tree.root.resolve("builds"));
            Outcome outcome = tree.start(environment, "--show-command").end();
            assertEquals(0, outcome.exit(), environment + ": " + outcome.err());
            assertEquals(1, tree.builds().size());
            assertIsJdk25(tree.builds().getFirst(), environment.toString());
        }
    }

    @Test
    void theWrapperRunsMavenOnAJdk25WhateverTheVariablesSay() throws Exception {
        Path maven = wrapper();
        for (Map<String, String> environment : environments()) {
            Outcome outcome = ScratchTree.start(wrapper(environment, maven, "verify")).end();
            assertEquals(0, outcome.exit(), environment + ": " + outcome.err());
            List<String> lines = outcome.out().lines().toList();
            assertEquals("verify", lines.get(1));
            assertIsJdk25(lines.getFirst(), environment.toString());
        }
    }

    @Test
    void javaHomeIsTakenWhereItIsAJdk25() throws Exception {
        Map<String, String> environment =
                Map.of("LIGHTNING_JAVA_HOME", "-", "JAVA_HOME", tree.jdk.toString());
        assertEquals(0, tree.start(environment, "--version").end().exit());
        assertEquals(List.of(tree.jdk.toString()), tree.builds());
        Outcome outcome = ScratchTree.start(wrapper(environment, wrapper())).end();
        assertEquals(tree.jdk + "\n", outcome.out());
    }

    /**
     * With its own Maven a script that prints JAVA_HOME and its arguments, where the real one would
     * be.
     */
    private Path wrapper() throws IOException {
        Path real = ScratchTree.SCRIPTS.resolveSibling("mvnw");
        Path copy = tree.root.resolve("mvnw");
        Files.copy(
                real,
                copy,
                StandardCopyOption.REPLACE_EXISTING,
                StandardCopyOption.COPY_ATTRIBUTES);
        String properties =
                Files.readString(real.resolveSibling(".mvn/wrapper/maven-wrapper.properties"));
        tree.write(".mvn/wrapper/maven-wrapper.properties", properties);
        Properties parsed = new Properties();
        parsed.load(new StringReader(properties));
        String url = parsed.getProperty("distributionUrl");
        String name = url.substring(url.lastIndexOf('/') + 1).replaceFirst("-bin\\..*", "");
        Path home = folder.resolve("maven");
        Path bin =
                home.resolve("wrapper/dists")
                        .resolve(name)
                        .resolve(Integer.toHexString(url.hashCode()))
                        .resolve("bin");
        Files.createDirectories(bin);
        ScratchTree.executable(bin.resolve("mvn"), "printf '%s\\n' \"$JAVA_HOME\" \"$@\"\n");
        return home;
    }

    private ProcessBuilder wrapper(Map<String, String> environment, Path home, String... goals) {
        ProcessBuilder builder = tree.builder(environment, goals);
        builder.command().addFirst(tree.root.resolve("mvnw").toString());
        builder.environment().put("MAVEN_USER_HOME", home.toString());
        builder.environment().remove("MVNW_REPOURL");
        return builder;
    }

    @Test
    void whatLightningJavaHomeIsAndMustBeIsSaid() throws Exception {
        assertRefused(folder.resolve("none"), "no such folder");
        assertRefused(folder.resolve("home"), "it has no bin/java");
        assertRefused(
                tree.jdk(folder.resolve("a:b"), "25.0.1"),
                "Java does not start in a folder with a colon");
        assertRefused(tree.jdk(folder.resolve("old"), "17.0.9"), "Java 17.0.9");
        assertRefused(tree.jdk(folder.resolve("new"), "250"), "Java 250");
        Path runtime = tree.jdk(folder.resolve("runtime"), "25.0.1");
        Files.delete(runtime.resolve("bin/javac"));
        assertRefused(runtime, "Java 25.0.1 without bin/javac");
        Path nameless = tree.jdk(folder.resolve("nameless"), "25.0.1");
        Files.delete(nameless.resolve("release"));
        assertRefused(nameless, "it has no file 'release' that names its version");
    }

    private void assertRefused(Path home, String defect) throws Exception {
        Outcome outcome =
                tree.start(Map.of("LIGHTNING_JAVA_HOME", home.toString()), "--version").end();
        assertEquals(3, outcome.exit(), outcome.err());
        assertEquals(
                "lightning: LIGHTNING_JAVA_HOME is %s (%s); it must be the home of a JDK 25\n"
                        .formatted(home, defect),
                outcome.err());
        assertEquals(List.of(), tree.builds());
    }

    /** A built tree only runs, for which a runtime image will do. */
    @Test
    void aRuntimeWithoutACompilerRunsWhatIsBuilt() throws Exception {
        tree.buildByHand();
        Path runtime = tree.jdk(folder.resolve("runtime"), "25.0.1");
        Files.delete(runtime.resolve("bin/javac"));
        tree.assertRunsAtOnce(Map.of("LIGHTNING_JAVA_HOME", runtime.toString()));
    }
}
