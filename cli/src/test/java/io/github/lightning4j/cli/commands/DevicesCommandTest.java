package io.github.lightning4j.cli.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.Device;
import io.github.lightning4j.cli.InProcess;
import io.github.lightning4j.cli.WrongBackendProvider;
import io.github.lightning4j.spi.Availability;
import io.github.lightning4j.spi.DeviceStatus;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DevicesCommandTest {
    private static DevicesCommand.DeviceEntry entry(String id, Availability availability) {
        return DevicesCommand.entry(
                new DeviceStatus(
                        new Device(id, "a device", Device.Kind.GPU, "details"), availability));
    }

    @Test
    void aSpirvDeviceIsListedAsNeverRun() {
        Availability yes = new Availability.Available();
        assertEquals(
                "details; never run by lightning4j's authors",
                entry("tornado:spirv:0", yes).description());
        assertEquals("details", entry("tornado:opencl:0", yes).description());
    }

    @Test
    void aReasonIsOneLineWithoutColours() {
        Availability no = new Availability.Unavailable("\u001b[31mno\nplatform\u001b[0m");
        assertEquals("no platform", entry("tornado:opencl:0", no).reason());
    }

    @Test
    void whatADriverSaysIsQuoted() {
        Availability no = new Availability.Unavailable("a\u0007\u001b]0;title" + "x".repeat(9_000));
        String reason = String.valueOf(entry("tornado:opencl:0", no).reason());
        assertTrue(reason.startsWith("a\\u0007\\u001b]0;title"), reason);
        assertTrue(reason.length() < 2_200, reason);
    }

    @Test
    void idsAreListedWithoutTryingADevice() {
        WrongBackendProvider.forgetTries();
        InProcess.Outcome ids = InProcess.run("devices", "--ids");
        assertEquals(0, ids.exit(), ids.err());
        assertTrue(ids.out().lines().toList().contains("wrong"), ids.out());
        assertEquals(0, WrongBackendProvider.tries());
        InProcess.Outcome all = InProcess.run("devices");
        assertTrue(all.out().contains("wrong"), all.out());
        assertEquals(1, WrongBackendProvider.tries());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--ids --json", "--usable --json", "--ids --usable"})
    void whatExcludesEachOtherIsExitCode2(String options) {
        InProcess.Outcome outcome = InProcess.run(("devices " + options).split(" "));
        assertEquals(2, outcome.exit(), outcome.err());
        assertTrue(outcome.err().contains("exclude each other"), outcome.err());
    }
}
