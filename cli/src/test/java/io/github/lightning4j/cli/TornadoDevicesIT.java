package io.github.lightning4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lightning4j.cli.InProcess.Outcome;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

import tools.jackson.jr.ob.JSON;

import java.util.List;
import java.util.Map;

/** Which devices of an installed TornadoVM SDK the command sees. */
@EnabledIfSystemProperty(named = "lightning.tornado.sdk", matches = ".+")
class TornadoDevicesIT {
    private static Outcome listing = new Outcome(-1, "", "");
    private static List<Map<?, ?>> devices = List.of();

    /** Asked for once, because several tests need them. */
    @BeforeAll
    static void listDevices() throws Exception {
        listing = InstalledSdk.run("devices", "--json");
        assertEquals(0, listing.exit(), listing.err());
        devices =
                ((List<?>) JSON.std.mapFrom(listing.out()).get("devices"))
                        .stream().<Map<?, ?>>map(device -> (Map<?, ?>) device).toList();
    }

    @Test
    void devicesAreListedBackendsThatAreMissingToo() throws Exception {
        String first = InstalledSdk.firstBackend();
        List<String> ids = devices.stream().map(device -> (String) device.get("id")).toList();
        assertEquals("tornado:" + first + ":0", ids.getFirst(), "devices: " + ids);
        assertTrue(ids.contains("tornado:spirv"), "devices: " + ids);
        assertTrue(ids.contains("cpu:scalar"), "devices: " + ids);
    }

    /**
     * Without a library of the JDK in front of it, PoCL's compiler ends the process now and then.
     */
    @Test
    void aDriverThatWouldTakeTheJvmsSignalsIsRefused() throws Exception {
        String pocl =
                devices.stream()
                        .filter(device ->
                                String.valueOf(device.get("description"))
                                        .startsWith("Portable Computing Language"))
                        .map(device -> (String) device.get("id"))
                        .findFirst()
                        .orElse("");
        assumeTrue(!pocl.isEmpty(), "PoCL is there");
        String line = InstalledSdk.run("--show-command", "run", "-q", "-d", pocl).out();
        String unsafe = line.replaceFirst("LD_PRELOAD=\\S+ ", "");
        assertNotEquals(line, unsafe);
        Outcome outcome = LightningProcess.shell(LightningProcess.withSdk(), unsafe);
        assertEquals(3, outcome.exit(), outcome.err());
        assertTrue(outcome.err().contains("start it with LD_PRELOAD="), outcome.err());
    }

    @Test
    void outputsMayBeSharedOrClosed() throws Exception {
        Outcome outcome =
                LightningProcess.shell(
                        LightningProcess.withSdk(),
                        "echo before; \"$L\" devices --ids 2>&-; echo after");
        assertTrue(outcome.out().startsWith("before\ntornado:"), outcome.out());
        assertTrue(
                outcome.out().contains("\ncpu:scalar\n") && outcome.out().endsWith("\nafter\n"),
                outcome.out());
        outcome = LightningProcess.shell(LightningProcess.withSdk(), "\"$L\" devices --ids >&-");
        assertEquals(4, outcome.exit(), outcome.err());
        assertTrue(outcome.err().contains("could not be written"), outcome.err());
    }

    /** And Java does not warn of modules, although the CPU has vectors. */
    @Test
    void devicesSaysWhatAutoTakes() throws Exception {
        assertFalse(listing.err().contains("WARNING"), listing.err());
        assertTrue(listing.out().contains("\"cpu:vector"), listing.out());
        Map<String, Object> report = JSON.std.mapFrom(listing.out());
        String auto = String.valueOf(report.get("auto"));
        String notices = String.valueOf(report.get("notices"));
        assertTrue(
                auto.startsWith("tornado:")
                        || auto.startsWith("cpu:") && notices.contains("tornado is not used: "),
                listing.out());
    }
}
