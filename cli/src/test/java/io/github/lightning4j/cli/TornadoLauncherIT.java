package io.github.lightning4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.cli.InProcess.Outcome;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the launcher makes of an installed TornadoVM SDK; nothing runs on a device. */
@EnabledIfSystemProperty(named = "lightning.tornado.sdk", matches = ".+")
class TornadoLauncherIT {
    @TempDir private Path folder;

    @Test
    void theLauncherStartsPlainlyForTheCpu() throws Exception {
        Outcome outcome = InstalledSdk.run("--show-command", "run", "--device", "cpu");
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(!outcome.out().contains("JVMCI"), outcome.out());
        outcome = InstalledSdk.run("--show-command", "run", "--device=tornado");
        assertTrue(outcome.out().contains("-Dtornado.recover.bailout=False"), outcome.out());
        assertTrue(!outcome.out().contains("-Dlightning.out"), outcome.out());
        outcome = InstalledSdk.run("--show-command", "--color", "never", "help", "run");
        assertTrue(!outcome.out().contains("JVMCI"), outcome.out());
        outcome = InstalledSdk.run("--show-command", "@arguments");
        assertTrue(outcome.out().contains("JVMCI"), outcome.out());
    }

    /** Without a device it would start with a backend, so it shows with the CPU. */
    @ParameterizedTest
    @ValueSource(strings = {"-d=cpu", "-d cpu", "-dcpu", "-qdcpu", "-qd=cpu", "--device cpu"})
    void theLauncherReadsADeviceAsTheCommandDoes(String option) throws Exception {
        InstalledSdk.firstBackend();
        Outcome outcome = InstalledSdk.run(("--show-command run " + option).split(" "));
        assertEquals(0, outcome.exit(), outcome.err());
        assertFalse(outcome.out().contains("tornado.drivers."), outcome.out());
    }

    @Test
    void theLauncherReadsADeviceInAFileOfArguments() throws Exception {
        InstalledSdk.firstBackend();
        Path file = Files.writeString(folder.resolve("words"), "-N 64\n-d=\"cpu\"\n");
        Outcome outcome = InstalledSdk.run("--show-command", "run", "@" + file);
        assertEquals(0, outcome.exit(), outcome.err());
        assertFalse(outcome.out().contains("tornado.drivers."), outcome.out());
    }

    @Test
    void theLauncherStartsTheBackendOfADevice() throws Exception {
        String backend = InstalledSdk.firstBackend();
        Outcome outcome =
                InstalledSdk.run("--show-command", "run", "-d", "tornado:" + backend + ":0");
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(outcome.out().contains("tornado.drivers." + backend + " "), outcome.out());
    }

    @Test
    void aBackendThatIsUnknownOrCannotStartIsExitCode3() throws Exception {
        Outcome outcome =
                LightningProcess.run(
                        InstalledSdk.with("LIGHTNING_TORNADO_BACKEND", "cdua", "devices"));
        assertEquals(3, outcome.exit(), outcome.err());
        assertEquals(
                "lightning: LIGHTNING_TORNADO_BACKEND is cdua; it must be cuda, ptx, opencl or"
                        + " spirv; backends that can start here: "
                        + String.join(" ", InstalledSdk.backends()),
                outcome.words());
        List<String> others = new ArrayList<>(List.of("cuda", "ptx", "opencl", "spirv"));
        others.removeAll(InstalledSdk.backends());
        for (String other : others) {
            outcome =
                    LightningProcess.run(
                            InstalledSdk.with("LIGHTNING_TORNADO_BACKEND", other, "run"));
            assertEquals(3, outcome.exit(), outcome.err());
            assertTrue(
                    outcome.words()
                            .startsWith(
                                    "lightning: LIGHTNING_TORNADO_BACKEND is "
                                            + other
                                            + ", which cannot start: "),
                    outcome.words());
        }
        for (String line : List.of("--version", "--show-command run -d cpu", "help run")) {
            outcome =
                    LightningProcess.run(
                            InstalledSdk.with(
                                    "LIGHTNING_TORNADO_BACKEND", "cdua", line.split(" ")));
            assertEquals(0, outcome.exit(), outcome.err());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "16GB, 16GB",
        "16GiB, 16GB",
        "16g, 16GB",
        "512M, 512MB",
        "08KiB, 8KB",
        "16777216KB, 16777216KB",
        "2TB, 2048GB",
        "1TiB, 1024GB"
    })
    void aDeviceMemoryIsReadInAnyOfItsForms(String size, String understood) throws Exception {
        Outcome outcome = flags(size);
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(
                outcome.out().lines().toList().contains("-Dtornado.device.memory=" + understood),
                outcome.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0GB", "16", "GB", "-1GB", "1.5GB", "16XB", "16 GB", "1234567890GB"})
    void whatIsNoDeviceMemoryIsExitCode3(String size) throws Exception {
        Outcome outcome = flags(size);
        assertEquals(3, outcome.exit(), outcome.err());
        assertTrue(
                outcome.err().startsWith("lightning: LIGHTNING_DEVICE_MEMORY is " + size + "; "),
                outcome.err());
    }

    @Test
    void theLauncherEndsWhereADeviceMemoryIsNone() throws Exception {
        Outcome outcome =
                LightningProcess.run(
                        InstalledSdk.with(
                                "LIGHTNING_DEVICE_MEMORY", "16XB", "--show-command", "run"));
        assertEquals(3, outcome.exit(), outcome.err());
        assertEquals("", outcome.out());
    }

    private static Outcome flags(String size) throws Exception {
        return LightningProcess.run(
                LightningProcess.script(
                        "tornado-sdk",
                        InstalledSdk.with(
                                "LIGHTNING_DEVICE_MEMORY",
                                size,
                                "flags",
                                InstalledSdk.firstBackend())));
    }
}
