package io.github.lightning4j.cli.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lightning4j.cli.launcher.ScratchTree.Outcome;

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
import java.util.List;
import java.util.Map;

/**
 * The distribution under locales and in folders that Java alone does not get along with. Names that
 * are not ASCII are written by the shell: the JVM of this test may be in such a locale itself.
 */
@DisabledOnOs(OS.WINDOWS)
class LauncherIT {
    private static final String ACCENTED = "e=$(printf 'd\\303\\251'); mkdir -p \"$e\"; ";
    private static final String INSTALL = "cp -r \"$DIST\" \"$e/inst\"; L=$e/inst/bin/lightning; ";

    @TempDir private Path folder;
    private ScratchTree tree;

    @BeforeEach
    void makeTree() throws Exception {
        tree = new ScratchTree(folder);
    }

    private Outcome shell(Map<String, String> environment, String line)
            throws IOException, InterruptedException {
        ProcessBuilder builder = tree.builder(environment, "sh", "-c", "set -e; " + line);
        String dist = System.getProperty("lightning.dist");
        builder.environment().put("DIST", dist);
        builder.environment().put("L", dist + "/bin/lightning");
        builder.environment().put("LIGHTNING_JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("LIGHTNING_JAVA_OPTS", "-Xmx512m -XX:TieredStopAtLevel=1");
        if (environment.containsKey("LANG")) {
            builder.environment().remove("LC_ALL");
            builder.environment().remove("LC_CTYPE");
        }
        return ScratchTree.start(builder.directory(folder.toFile())).end();
    }

    private static void assertVersion(Outcome outcome) {
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(outcome.out().startsWith("lightning4j "), outcome.out());
    }

    /** None, C's, and one that is not installed. */
    @ParameterizedTest
    @ValueSource(strings = {"-", "C", "xx_XX.UTF-8"})
    void namesOfOtherLettersWorkInEveryLocale(String lang) throws Exception {
        Map<String, String> environment = Map.of("LANG", lang);
        Outcome outcome =
                shell(
                        environment,
                        ACCENTED
                                + "\"$L\" run -q -d cpu -N 8 -H 1 -D 4 -n 1 --warm-up 0 -o"
                                + " \"$e/o.safetensors\"; ls \"$e/o.safetensors\" >&2");
        assertEquals(0, outcome.exit(), outcome.err());
        assertVersion(shell(environment, ACCENTED + INSTALL + "\"$L\" --version"));
    }

    @Test
    void aLocaleThatHasTheLettersIsKept() throws Exception {
        String line = "[ \"$(locale charmap)\" = UTF-8 ] || exit 9; \"$L\" --show-command run";
        Outcome outcome = shell(Map.of("LANG", "C.UTF-8"), line);
        assumeTrue(outcome.exit() != 9, "there is no such locale here");
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(!outcome.out().contains("LC_ALL"), outcome.out());
    }

    @Test
    void theCommandThatIsShownHasTheLocaleToo() throws Exception {
        Outcome outcome = shell(Map.of("LANG", "C"), "\"$L\" --show-command run");
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(outcome.out().matches("(?s)env LC_ALL=\\S*UTF-8 .*"), outcome.out());
    }

    /** Java splits class paths at colons. The command that is shown must work as well. */
    @ParameterizedTest
    @ValueSource(strings = {"\"$L\" --version", "eval \"$(\"$L\" --show-command --version)\""})
    @EnabledOnOs(OS.LINUX)
    void aColonInTheFolderOfTheInstallationIsNoMatter(String line) throws Exception {
        assertVersion(shell(Map.of(), "e='a: b'; mkdir \"$e\"; " + INSTALL + line));
    }

    @Test
    void anSdkInAFolderWithAColonIsNotUsedAndThatIsSaid() throws Exception {
        Outcome outcome =
                shell(
                        Map.of(),
                        "mkdir -p a:b/share/java/tornado; TORNADOVM_HOME=$PWD/a:b \"$L\" devices");
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(
                outcome.err().contains("a:b, and Java splits its paths at a colon; using none"),
                outcome.err());
    }

    /** What the documents promise: the CPU, and exit code 3 where a device is named. */
    @Test
    void anSdkThatIsIncompleteIsNotUsedAndTheReasonIsGiven() throws Exception {
        ScratchSdk sdk = new ScratchSdk(folder, tree);
        sdk.delete("share/java/tornado/snmp4j-1.2.jar");
        String why = "the installed SDK is incomplete: it has no share/java/tornado/snmp4j-*.jar";
        String shape = " -N 8 -H 1 -D 4 -n 1 --warm-up 0";
        Outcome outcome = shell(sdk.environment(), "\"$L\" run" + shape);
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(outcome.out().startsWith("device       cpu:"), outcome.out());
        assertTrue(outcome.err().contains("cuda, ptx, opencl, spirv: " + why), outcome.err());
        for (String device : List.of("tornado", "tornado:opencl")) {
            outcome = shell(sdk.environment(), "\"$L\" run -d " + device + shape);
            assertEquals(3, outcome.exit(), outcome.err());
            assertTrue(outcome.err().contains(why), outcome.err());
        }
    }

    /** Not even Java's warning of an incubating module. */
    @Test
    void commandsSayNothingToStandardErrorThatNobodyNeeds() throws Exception {
        String computing = "run -q -N 8 -H 1 -D 4 -n 1 --warm-up 0";
        for (String command : List.of("--version", "devices", computing)) {
            Outcome outcome = shell(Map.of(), "\"$L\" " + command);
            assertEquals(0, outcome.exit(), outcome.err());
            assertEquals("", outcome.err(), command);
        }
    }

    @Test
    void theLauncherForWindowsIsThere() throws Exception {
        Path ofDistribution = Path.of(System.getProperty("lightning.dist"), "bin/lightning.cmd");
        assertEquals(
                -1, Files.mismatch(ScratchTree.SCRIPTS.resolve("lightning.cmd"), ofDistribution));
    }

    @Test
    void helpOfTheSdksScriptIsNoError() throws Exception {
        Outcome outcome = shell(Map.of(), "\"$DIST/bin/tornado-sdk\" --help");
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(outcome.out().contains("tornado-sdk home"), outcome.out());
        assertEquals("", outcome.err());
    }
}
