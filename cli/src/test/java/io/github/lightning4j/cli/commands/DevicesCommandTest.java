package io.github.lightning4j.cli.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lightning4j.Device;
import io.github.lightning4j.spi.Availability;
import io.github.lightning4j.spi.DeviceStatus;

import org.junit.jupiter.api.Test;

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
}
