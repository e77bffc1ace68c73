package io.github.lightning4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lightning4j.cli.InProcess.Outcome;
import io.github.lightning4j.cli.results.Point;
import io.github.lightning4j.cli.results.SweepResults;
import io.github.lightning4j.cli.results.Sweeps;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import tools.jackson.jr.ob.JSON;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The command with an installed TornadoVM SDK. */
@EnabledIfSystemProperty(named = "lightning.tornado.sdk", matches = ".+")
class TornadoIT {
    private static List<String> backends = List.of();
    private static Outcome listing = new Outcome(-1, "", "");
    private static List<Map<?, ?>> devices = List.of();

    @TempDir private Path folder;

    private static Outcome run(String... args) throws Exception {
        return LightningProcess.run(LightningProcess.withSdk(args));
    }

    private static ProcessBuilder with(String variable, String value, String... args) {
        ProcessBuilder builder = LightningProcess.withSdk(args);
        builder.environment().put(variable, value);
        return builder;
    }

    /** Where TornadoVM's OpenCL starts and finds no platform, and its native code prints so. */
    private static ProcessBuilder withoutPlatforms(String... args) {
        assumeTrue(backends.contains("opencl"), "the SDK has OpenCL");
        return with("OCL_ICD_VENDORS", "/nonexistent", args);
    }

    /** Asked for once, because several tests need them. */
    @BeforeAll
    static void listBackendsAndDevices() throws Exception {
        ProcessBuilder sdk =
                LightningProcess.script("tornado-sdk", LightningProcess.withSdk("backends"));
        backends = LightningProcess.run(sdk).out().lines().toList();
        listing = run("devices", "--json");
        assertEquals(0, listing.exit(), listing.err());
        devices =
                ((List<?>) JSON.std.mapFrom(listing.out()).get("devices"))
                        .stream().<Map<?, ?>>map(device -> (Map<?, ?>) device).toList();
    }

    private static String firstBackend() {
        assumeTrue(!backends.isEmpty(), "a backend of the SDK can start");
        return backends.getFirst();
    }

    @Test
    void devicesAreListedBackendsThatAreMissingToo() {
        String first = firstBackend();
        List<String> ids = devices.stream().map(device -> (String) device.get("id")).toList();
        assertEquals("tornado:" + first + ":0", ids.getFirst(), "devices: " + ids);
        assertTrue(ids.contains("tornado:spirv"), "devices: " + ids);
        assertTrue(ids.contains("cpu:scalar"), "devices: " + ids);
    }

    /** One of those that the conformance suite shows every device. */
    @Test
    void goldenGradientsPass() throws Exception {
        Path input = CommandsIT.golden("basic", folder);
        Outcome outcome =
                run(
                        "run",
                        "-d",
                        "tornado",
                        "--warm-up",
                        "0",
                        "-n",
                        "1",
                        "--json",
                        "--backward",
                        "-i",
                        input.toString());
        assertEquals(0, outcome.exit(), outcome.err());
        Map<String, Object> report = JSON.std.mapFrom(outcome.out());
        assertTrue(((String) report.get("device")).startsWith("tornado:"), outcome.out());
        List<Map<?, ?>> checks =
                ((List<?>) report.get("checks"))
                        .stream().<Map<?, ?>>map(check -> (Map<?, ?>) check).toList();
        for (String answer : List.of("dq", "dk", "dv", "dinitial_state")) {
            assertTrue(
                    checks.stream()
                            .anyMatch(check ->
                                    String.valueOf(check.get("against"))
                                            .equals("expected." + answer)),
                    answer + " in " + outcome.out());
        }
    }

    @Test
    void aSweepMeasuresDevicesOfBothBackends() throws Exception {
        Path file = folder.resolve("r.json");
        ProcessBuilder sweep =
                LightningProcess.withSdk(
                        "bench",
                        "-q",
                        "--algorithms=lightning-2",
                        "--lengths=64",
                        "--devices=tornado,cpu",
                        "-H1",
                        "-D8",
                        "--time=0.1",
                        "--warm-up=0",
                        "--output=" + file);
        Outcome outcome = LightningProcess.run(sweep);
        assertEquals(0, outcome.exit(), outcome.err());
        SweepResults results = SweepResults.read(file);
        assertEquals(2, results.points().size(), outcome.out());
        for (Point point : results.points()) {
            assertEquals(Point.MEASURED, point.outcome(), point::toString);
            boolean onDevice = point.device().equals("tornado");
            assertEquals(onDevice, Sweeps.measured(point).kernel() != null, point::toString);
            assertEquals(
                    onDevice,
                    Sweeps.measured(point).memory().deviceBytes() != null,
                    point::toString);
        }
    }

    @Test
    void aStreamOfSingleTokensPasses() throws Exception {
        String line = "stream -d tornado -N 50 --chunk 1 -H 1 -D 8 --warm-up 0";
        Outcome outcome = run(line.split(" "));
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(outcome.out().matches("(?s).*\\n50 .*tokens/s .*"), outcome.out());
    }

    @Test
    void theLauncherStartsPlainlyForTheCpu() throws Exception {
        Outcome outcome = run("--show-command", "run", "--device", "cpu");
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(!outcome.out().contains("JVMCI"), outcome.out());
        outcome = run("--show-command", "run", "--device=tornado");
        assertTrue(outcome.out().contains("-Dtornado.recover.bailout=False"), outcome.out());
        assertTrue(!outcome.out().contains("-Dlightning.out"), outcome.out());
        outcome = run("--show-command", "--color", "never", "help", "run");
        assertTrue(!outcome.out().contains("JVMCI"), outcome.out());
        outcome = run("--show-command", "@arguments");
        assertTrue(outcome.out().contains("JVMCI"), outcome.out());
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
        String line = run("--show-command", "run", "-q", "-d", pocl).out();
        String unsafe = line.replaceFirst("LD_PRELOAD=\\S+ ", "");
        assertNotEquals(line, unsafe);
        Outcome outcome = LightningProcess.shell(LightningProcess.withSdk(), unsafe);
        assertEquals(3, outcome.exit(), outcome.err());
        assertTrue(outcome.err().contains("start it with LD_PRELOAD="), outcome.err());
    }

    /** Without a device it would start with a backend, so it shows with the CPU. */
    @ParameterizedTest
    @ValueSource(strings = {"-d=cpu", "-d cpu", "-dcpu", "-qdcpu", "-qd=cpu", "--device cpu"})
    void theLauncherReadsADeviceAsTheCommandDoes(String option) throws Exception {
        firstBackend();
        Outcome outcome = run(("--show-command run " + option).split(" "));
        assertEquals(0, outcome.exit(), outcome.err());
        assertFalse(outcome.out().contains("tornado.drivers."), outcome.out());
    }

    @Test
    void theLauncherReadsADeviceInAFileOfArguments() throws Exception {
        firstBackend();
        Path file = Files.writeString(folder.resolve("words"), "-N 64\n-d=\"cpu\"\n");
        Outcome outcome = run("--show-command", "run", "@" + file);
        assertEquals(0, outcome.exit(), outcome.err());
        assertFalse(outcome.out().contains("tornado.drivers."), outcome.out());
    }

    @Test
    void theLauncherStartsTheBackendOfADevice() throws Exception {
        String backend = firstBackend();
        Outcome outcome = run("--show-command", "run", "-d", "tornado:" + backend + ":0");
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(outcome.out().contains("tornado.drivers." + backend + " "), outcome.out());
    }

    @Test
    void nativeCodeDoesNotPrintAmongResults() throws Exception {
        ProcessBuilder builder =
                withoutPlatforms("run", "--json", "-N", "64", "-H", "1", "-D", "8", "-n", "1");
        builder.environment().put("LIGHTNING_TORNADO_BACKEND", "opencl");
        Outcome outcome = LightningProcess.run(builder);
        assertEquals(0, outcome.exit(), outcome.err());
        Map<String, Object> report = JSON.std.mapFrom(outcome.out());
        assertTrue(((String) report.get("device")).startsWith("cpu:"), outcome.out());
        assertTrue(outcome.err().contains("clGetPlatformIDs"), outcome.err());
        assertEquals(1, outcome.err().lines().filter(line -> line.contains("is not used")).count());
        assertTrue(!outcome.err().contains("\u001b"), outcome.err());
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

    @Test
    void aBackendWithoutDevicesIsComparedWithItsReason() throws Exception {
        ProcessBuilder builder =
                withoutPlatforms(
                        ("-H 1 -N 64 -D 8 --time 0 --warm-up 0 --output " + folder).split(" "));
        Outcome outcome = LightningProcess.run(LightningProcess.script("compare-devices", builder));
        assertEquals(1, outcome.exit(), outcome.err());
        Object rows =
                JSON.std.mapFrom(Files.readString(folder.resolve("comparison.json"))).get("rows");
        assertTrue(
                ((List<?>) rows)
                        .stream()
                                .map(row -> (Map<?, ?>) row)
                                .anyMatch(row ->
                                        "tornado:opencl".equals(row.get("device"))
                                                && String.valueOf(row.get("failure"))
                                                        .contains("cannot be used: ")),
                rows.toString());
    }

    @Test
    void aBackendWithoutDevicesHasASeriesWithItsReason() throws Exception {
        Path file = folder.resolve("r.json");
        Outcome outcome =
                LightningProcess.run(
                        withoutPlatforms(
                                ("bench -q --algorithms lightning-2 --lengths 64 --devices all -H 1"
                                                + " -D 8 --time 0 --warm-up 0 -o "
                                                + file)
                                        .split(" ")));
        Point refused =
                SweepResults.read(file).points().stream()
                        .filter(point -> point.device().equals("tornado:opencl"))
                        .findFirst()
                        .orElseThrow(() -> new AssertionError(outcome.err()));
        assertEquals(Point.REFUSED, refused.outcome(), refused::toString);
        assertTrue(Sweeps.reason(refused).contains("cannot be used"), refused::toString);
    }

    @Test
    void aBackendThatIsUnknownOrCannotStartIsExitCode3() throws Exception {
        Outcome outcome =
                LightningProcess.run(with("LIGHTNING_TORNADO_BACKEND", "cdua", "devices"));
        assertEquals(3, outcome.exit(), outcome.err());
        assertEquals(
                "lightning: LIGHTNING_TORNADO_BACKEND is cdua; it must be cuda, ptx, opencl or"
                        + " spirv; backends that can start here: "
                        + String.join(" ", backends),
                outcome.words());
        List<String> others = new ArrayList<>(List.of("cuda", "ptx", "opencl", "spirv"));
        others.removeAll(backends);
        for (String other : others) {
            outcome = LightningProcess.run(with("LIGHTNING_TORNADO_BACKEND", other, "run"));
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
                            with("LIGHTNING_TORNADO_BACKEND", "cdua", line.split(" ")));
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
                        with("LIGHTNING_DEVICE_MEMORY", "16XB", "--show-command", "run"));
        assertEquals(3, outcome.exit(), outcome.err());
        assertEquals("", outcome.out());
    }

    private static Outcome flags(String size) throws Exception {
        return LightningProcess.run(
                LightningProcess.script(
                        "tornado-sdk",
                        with("LIGHTNING_DEVICE_MEMORY", size, "flags", firstBackend())));
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
