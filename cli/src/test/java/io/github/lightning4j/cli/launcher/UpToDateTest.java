package io.github.lightning4j.cli.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.cli.launcher.ScratchTree.Outcome;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What the launcher of a source tree takes for up to date, and what makes it build. */
@DisabledOnOs(OS.WINDOWS)
class UpToDateTest {
    @TempDir private Path folder;
    private ScratchTree tree;

    @BeforeEach
    void makeTree() throws Exception {
        tree = new ScratchTree(folder);
    }

    /** JUnit warns of links out of its folder. */
    @AfterEach
    void removeLinks() throws Exception {
        for (String each : List.of("target/.unfinished", "target")) {
            Path link = tree.root.resolve(each);
            if (Files.isSymbolicLink(link)) {
                Files.delete(link);
            }
        }
    }

    private void assertBuilds(String why) throws Exception {
        Outcome outcome = tree.run("--version");
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(
                outcome.err().startsWith("lightning: building, because " + why + " (log: "),
                outcome.err());
        assertTrue(outcome.out().endsWith("--version\n"), outcome.out());
        assertEquals(1, tree.builds().size());
    }

    @Test
    void aFreshTreeIsBuiltOnce() throws Exception {
        assertBuilds("nothing is built yet");
        assertEquals("", tree.run("--version").err());
        assertEquals(1, tree.builds().size());
    }

    @Test
    void whatMavenBuiltByHandIsNotBuiltAgain() throws Exception {
        tree.buildByHand();
        tree.assertRunsAtOnce(Map.of());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "echo >pom.xml | pom.xml",
                "echo >api/pom.xml | api/pom.xml",
                "echo >api/src/main/java/one/Kept.java | api/src/main/java/one/Kept.java",
                "echo >api/src/main/resources/words.txt | api/src/main/resources/words.txt",
                "rm api/src/main/java/one/Deleted.java | api/src/main/java/one",
                "mv api/src/main/java/one/Deleted.java api/src/main/java | api/src/main/java",
                "touch -t 201901010000 old && mv old api/src/main/java/one/Kept.java"
                        + " | api/src/main/java/one"
            })
    void aChangedSourceIsSeen(String change, String newer) throws Exception {
        tree.buildByHand();
        Process shell =
                new ProcessBuilder("sh", "-c", change).directory(tree.root.toFile()).start();
        assertEquals(0, shell.waitFor());
        assertBuilds(newer + " is newer than what was built");
    }

    @Test
    void aSourceThatChangesDuringTheBuildIsSeenAfterwards() throws Exception {
        tree.maven(ScratchTree.PACKAGES + "echo >api/src/main/java/one/Kept.java\n");
        assertBuilds("nothing is built yet");
        tree.maven(ScratchTree.PACKAGES);
        Files.delete(tree.root.resolve("builds"));
        assertBuilds("api/src/main/java/one/Kept.java is newer than what was built");
    }

    @Test
    void aDistributionOfOtherJarsIsBuiltAnew() throws Exception {
        tree.buildByHand();
        tree.write("api/target/lightning4j-api-1.jar", "of a later build of this module alone");
        assertBuilds("lightning4j-api-1.jar is not the one that its module built");
    }

    /** As where Maven is stopped while it copies: the command's jar is the last one. */
    @Test
    void aDistributionWithoutItsLastJarIsBuiltAnew() throws Exception {
        tree.buildByHand();
        Files.delete(tree.lib().resolve("lightning4j-cli-1.jar"));
        assertBuilds("nothing is built yet");
    }

    /** /proc lets nobody make a file, not even root. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aBuiltTreeNeedsNoWriting() throws Exception {
        tree.buildByHand();
        Files.createSymbolicLink(tree.root.resolve("target"), Path.of("/proc/self"));
        tree.assertRunsAtOnce(Map.of());
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aTreeThatCannotBeWrittenIsExitCode3AndWhatToDo() throws Exception {
        Files.createSymbolicLink(tree.root.resolve("target"), Path.of("/proc/self"));
        assertCannotWrite();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aFullDiskIsExitCode3AndWhatToDo() throws Exception {
        Files.createDirectories(tree.root.resolve("target"));
        Files.createSymbolicLink(tree.root.resolve("target/.unfinished"), Path.of("/dev/full"));
        assertCannotWrite();
        Files.delete(tree.root.resolve("target/.unfinished"));
        assertBuilds("nothing is built yet");
    }

    private void assertCannotWrite() throws Exception {
        Outcome outcome = tree.run("--version");
        assertEquals(3, outcome.exit(), outcome.err());
        assertEquals(
                ("lightning: nothing is built yet, and there is no writing to %s/target; free its"
                                + " disk or make it writable, or run './mvnw package' as its"
                                + " owner\n")
                        .formatted(tree.root),
                outcome.err());
        assertEquals(0, tree.builds().size());
    }

    @Test
    void aTreeThatJavacCannotCompileIsExitCode3AndWhatToDo() throws Exception {
        tree = new ScratchTree(folder.resolve("a:b"));
        Outcome outcome = tree.run("--version");
        assertEquals(3, outcome.exit(), outcome.err());
        assertTrue(outcome.err().endsWith("at its colon; move it\n"), outcome.err());
        assertEquals(0, tree.builds().size());
    }

    @Test
    void aFailedBuildShowsItsLogAndIsTriedAgain() throws Exception {
        tree.maven("echo 'one.Kept is broken'; exit 1\n");
        Outcome outcome = tree.run("--version");
        assertEquals(3, outcome.exit(), outcome.err());
        assertTrue(outcome.err().contains("one.Kept is broken\nlightning: the build failed"));
        tree.maven(ScratchTree.PACKAGES);
        Files.delete(tree.root.resolve("builds"));
        assertBuilds("nothing is built yet");
    }
}
