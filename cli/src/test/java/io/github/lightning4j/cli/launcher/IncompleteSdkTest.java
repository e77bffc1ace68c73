package io.github.lightning4j.cli.launcher;

import static io.github.lightning4j.cli.launcher.ScratchSdk.pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.cli.launcher.ScratchTree.Outcome;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarOutputStream;

/**
 * With an SDK that Java would not start with, Java is started without it, and is told why. A
 * backend that is asked for by name ends with exit code 3.
 */
@DisabledOnOs(OS.WINDOWS)
class IncompleteSdkTest {
    private static final String MODULES = "\n--module-path\n";

    @TempDir private Path folder;
    private ScratchTree tree;
    private ScratchSdk sdk;

    @BeforeEach
    void makeSdk() throws Exception {
        tree = new ScratchTree(folder);
        sdk = new ScratchSdk(folder, tree);
    }

    /** That no backend can start, for one reason. */
    private void assertHindersAll(String reason) throws Exception {
        assertEquals(List.of(), sdk.script("backends"), reason);
        assertEquals(
                List.of("cuda=" + reason, "ptx=" + reason, "opencl=" + reason, "spirv=" + reason),
                sdk.script("others", "none"));
    }

    @Test
    void aWholeSdkHasItsBackends() throws Exception {
        assertEquals(ScratchSdk.BACKENDS, sdk.script("backends"));
    }

    /** With all modules of the JDK, Java would warn of the incubating ones before every command. */
    @Test
    void aWholeSdkAddsModulesOfItsOwnOnly() throws Exception {
        for (String backend : ScratchSdk.BACKENDS) {
            List<String> flags = sdk.script("flags", backend);
            String added = flags.get(flags.indexOf("--add-modules") + 1);
            for (String module : added.split(",", -1)) {
                assertTrue(module.startsWith("tornado."), added);
            }
        }
    }

    @Test
    void withoutAnyOfTheCommonFilesNoBackendStarts() throws Exception {
        for (String file : ScratchSdk.COMMON) {
            sdk.delete(file);
            assertHindersAll("the installed SDK is incomplete: it has no " + pattern(file));
            sdk.write(file);
        }
        assertEquals(ScratchSdk.BACKENDS, sdk.script("backends"));
    }

    @Test
    void withoutAFileOfItsOwnABackendDoesNotStart() throws Exception {
        for (String backend : ScratchSdk.BACKENDS) {
            List<String> left = new ArrayList<>(ScratchSdk.BACKENDS);
            left.remove(backend);
            for (String file : ScratchSdk.of(backend)) {
                sdk.delete(file);
                String reason =
                        file.endsWith(".jar")
                                ? "the installed SDK has no such backend"
                                : "the installed SDK is incomplete: it has no " + file;
                assertEquals(left, sdk.script("backends"), file);
                List<String> others = sdk.script("others", left.getFirst());
                assertTrue(others.contains(backend + "=" + reason), others + " say " + reason);
                sdk.write(file);
            }
        }
    }

    /** As log4j-core, which is a module that requires another. */
    @Test
    void whatARequiredModuleRequiresIsNeededOnlyWithIt() throws Exception {
        sdk.write("share/java/tornado/log4j-core-2.25.jar");
        assertHindersAll(
                "the installed SDK is incomplete: it has no share/java/tornado/log4j-api-*.jar");
        sdk.write("share/java/tornado/log4j-api-2.17.jar");
        assertEquals(ScratchSdk.BACKENDS, sdk.script("backends"));
        sdk.delete("share/java/tornado/log4j-core-2.25.jar");
        sdk.delete("share/java/tornado/log4j-api-2.17.jar");
        assertEquals(ScratchSdk.BACKENDS, sdk.script("backends"));
    }

    /** As SDKs have them that are built from source. */
    @Test
    void jarsOfNativeCodeBesideTheDriversAreNoMixtureAndNoModules() throws Exception {
        for (String backend : ScratchSdk.BACKENDS) {
            sdk.write("share/java/tornado/tornado-drivers-" + backend + "-jni-1.2-libs.jar");
        }
        assertEquals(ScratchSdk.BACKENDS, sdk.script("backends"));
        for (String backend : ScratchSdk.BACKENDS) {
            List<String> flags = sdk.script("flags", backend);
            String path = flags.get(flags.indexOf("--module-path") + 1);
            assertTrue(path.contains("/tornado-drivers-" + backend + "-1.2.jar"), path);
            assertFalse(path.contains("-jni-"), path);
        }
    }

    @Test
    void aFolderWithoutJarsIsNamedToo() throws Exception {
        for (String file : ScratchSdk.COMMON) {
            if (file.contains("graalJars")) {
                sdk.delete(file);
            }
        }
        assertHindersAll(
                "the installed SDK is incomplete: it has no share/java/graalJars/compiler-*.jar");
    }

    @Test
    void aJarThatIsCutShortIsNoJar() throws Exception {
        String common = "share/java/graalJars/word-1.2.jar";
        sdk.write(common, "PK\3\4 and no more");
        assertHindersAll("the installed SDK is damaged: " + common + " is no whole jar");
        sdk.write(common);
        String own = "share/java/tornado/tornado-drivers-ptx-1.2.jar";
        sdk.write(own, "");
        assertEquals(List.of("cuda", "opencl"), sdk.script("backends"));
        String reason = "the installed SDK is damaged: " + own + " is no whole jar";
        assertTrue(sdk.script("others", "cuda").contains("ptx=" + reason), reason);
    }

    /** By a shell that is given nothing but their names. */
    @Test
    void scriptsRunInTheirOwnFolder() throws Exception {
        tree.buildByHand();
        for (String line : List.of("tornado-sdk backends", "choose-backend run", "lightning run")) {
            ProcessBuilder builder = tree.builder(sdk.environment());
            builder.command("sh", "-c", "sh " + line);
            builder.directory(tree.root.resolve("scripts").toFile());
            Outcome outcome = ScratchTree.start(builder).end();
            assertEquals(0, outcome.exit(), line + ": " + outcome.err());
            String said = outcome.out() + outcome.err();
            assertTrue(said.contains("cuda"), line + ": " + said);
        }
    }

    /** The end of an archive is not the end of its file then. */
    @Test
    void aJarWithACommentIsWhole() throws Exception {
        try (JarOutputStream out =
                new JarOutputStream(
                        Files.newOutputStream(
                                sdk.home.resolve("share/java/graalJars/word-1.2.jar")))) {
            out.setComment("a comment that is longer than the end of an archive");
        }
        assertEquals(ScratchSdk.BACKENDS, sdk.script("backends"));
    }

    @Test
    void oneSdkUnpackedOverAnotherIsNone() throws Exception {
        sdk.write("share/java/graalJars/compiler-1.1.jar");
        assertHindersAll(
                "the installed SDK is a mixture: it has 2 of share/java/graalJars/compiler-*.jar");
    }

    @Test
    void anSdkForAnotherJdkIsNone() throws Exception {
        sdk.write("etc/tornado.release", "version=5.2.0-jdk21\n");
        assertHindersAll("the installed SDK is made for JDK 21; it must be one for JDK 25");
    }

    @Test
    void javaStartsWithoutAnIncompleteSdkAndIsToldWhy() throws Exception {
        tree.buildByHand();
        Outcome whole = tree.start(sdk.environment(), "run").end();
        assertTrue((whole.out() + whole.err()).contains(MODULES), whole.out() + whole.err());
        sdk.delete("share/java/tornado/snmp4j-1.2.jar");
        for (String device : List.of("auto", "tornado", "tornado:cuda")) {
            Outcome outcome = tree.start(sdk.environment(), "run", "-d", device).end();
            assertEquals(0, outcome.exit(), outcome.err());
            assertEquals("", outcome.err());
            assertFalse(outcome.out().contains(MODULES), outcome.out());
            assertTrue(
                    outcome.out()
                            .contains(
                                    "-Dlightning.tornado.others=cuda=the installed SDK is"
                                            + " incomplete: it has no"
                                            + " share/java/tornado/snmp4j-*.jar|ptx="),
                    outcome.out());
        }
    }

    @Test
    void aBackendThatIsAskedForIsExitCode3() throws Exception {
        tree.buildByHand();
        sdk.delete("lib/libtornado-cuda.so");
        Map<String, String> environment = new HashMap<>(sdk.environment());
        environment.put("LIGHTNING_TORNADO_BACKEND", "cuda");
        Outcome outcome = tree.start(environment, "run").end();
        assertEquals(3, outcome.exit(), outcome.err());
        assertEquals(
                "lightning: LIGHTNING_TORNADO_BACKEND is cuda, which cannot start: the installed"
                        + " SDK is incomplete: it has no lib/libtornado-cuda.so; backends that can"
                        + " start here: ptx opencl\n",
                outcome.err());
    }
}
