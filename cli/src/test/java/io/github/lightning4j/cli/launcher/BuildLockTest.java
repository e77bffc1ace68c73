package io.github.lightning4j.cli.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.cli.Waiting;
import io.github.lightning4j.cli.launcher.ScratchTree.Outcome;
import io.github.lightning4j.cli.launcher.ScratchTree.Running;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Builds of the launcher run one at a time, and one that ends in any way leaves nobody waiting. */
@DisabledOnOs(OS.WINDOWS)
class BuildLockTest {
    private static final String WAITING = "lightning: another process is building here; waiting";

    /** Maven that says that it has begun, and goes on when told to. */
    private static final String SLOW =
            "echo $$ >maven\nwhile [ ! -e go ]; do sleep 0.1; done\n" + ScratchTree.PACKAGES;

    @TempDir private Path folder;
    private ScratchTree tree;
    private final List<Running> started = new ArrayList<>();

    @BeforeEach
    void makeTree() throws Exception {
        tree = new ScratchTree(folder);
        tree.maven(SLOW);
    }

    /** Whatever failed, no process stays. */
    @AfterEach
    void letAllGo() throws Exception {
        tree.write("go", "");
        for (Running each : started) {
            each.end();
        }
    }

    /** The environment with flock, or with one that fails as on a file system without locks. */
    private Map<String, String> environment(boolean flock) throws IOException {
        Map<String, String> environment = new HashMap<>();
        if (!flock) {
            Path bin = Files.createDirectories(folder.resolve("bin"));
            ScratchTree.executable(bin.resolve("flock"), "exit 71\n");
            environment.put("PATH", bin + ":" + System.getenv("PATH"));
        }
        return environment;
    }

    private Running start(boolean flock) throws IOException {
        Running running = tree.start(environment(flock), "--version");
        started.add(running);
        return running;
    }

    private void awaitMaven() throws Exception {
        Waiting.until("Maven runs", () -> tree.has("maven"));
    }

    private static void assertRan(Outcome outcome) {
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(outcome.out().endsWith("--version\n"), outcome.out());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theSecondSaysThatItWaitsAndDoesNotBuildAgain(boolean flock) throws Exception {
        Running first = start(flock);
        awaitMaven();
        Running second = start(flock);
        second.awaitWords(WAITING);
        tree.write("go", "");
        assertRan(first.end());
        assertRan(second.end());
        assertEquals(1, tree.builds().size());
        assertEquals(1, second.end().err().lines().count(), second.end().err());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aKilledBuildLeavesNoLock(boolean flock) throws Exception {
        Running first = start(flock);
        awaitMaven();
        List<ProcessHandle> all = first.process().descendants().toList();
        first.process().destroyForcibly().waitFor();
        for (ProcessHandle each : all) {
            each.destroyForcibly();
            each.onExit().join();
        }
        assertHeals(flock);
    }

    /** Through what holds the lock, too. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aTerminatedBuildTakesMavenWithIt(boolean flock) throws Exception {
        Running first = start(flock);
        awaitMaven();
        List<ProcessHandle> all = first.process().descendants().toList();
        assertFalse(all.isEmpty());
        first.process().destroy();
        Outcome outcome = first.end();
        assertEquals(143, outcome.exit(), outcome.err());
        for (ProcessHandle each : all) {
            each.onExit().join();
        }
        assertHeals(flock);
    }

    /** The next start does not trust what may be half written. */
    private void assertHeals(boolean flock) throws Exception {
        Path half = tree.write("api/target/classes/one/Kept.class", "half of ");
        tree.write("go", "");
        Running next = start(flock);
        assertRan(next.end());
        assertFalse(next.end().err().contains(WAITING), next.end().err());
        assertFalse(Files.exists(half));
        assertFalse(tree.has("target/.unfinished"));
        assertEquals(2, tree.builds().size());
    }

    /** The lock belongs to what builds, not to what started it. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void mavenOfAKilledLauncherIsWaitedFor() throws Exception {
        Running first = start(true);
        awaitMaven();
        first.process().destroyForcibly().waitFor();
        Running second = start(true);
        second.awaitWords(WAITING);
        tree.write("go", "");
        assertRan(second.end());
        assertEquals(1, tree.builds().size());
    }

    /** As the launcher once had it, whose owner may be a process that lives again. */
    @ParameterizedTest
    @ValueSource(strings = {"", "1\n", "999999\n"})
    void aFolderOfALockIsNone(String owner) throws Exception {
        tree.write("go", "");
        tree.write("target/.building/pid", owner);
        assertRan(start(true).end());
    }
}
