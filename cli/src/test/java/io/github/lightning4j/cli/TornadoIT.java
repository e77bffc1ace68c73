package io.github.lightning4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.cli.LightningProcess.Outcome;
import io.github.lightning4j.cli.results.Point;
import io.github.lightning4j.cli.results.SweepResults;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import tools.jackson.jr.ob.JSON;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The command with an installed TornadoVM SDK. */
@EnabledIfSystemProperty(named = "lightning.tornado.sdk", matches = ".+")
class TornadoIT {
    @TempDir private Path folder;

    private static Outcome run(String... args) throws Exception {
        return LightningProcess.run(LightningProcess.withSdk(args));
    }

    @Test
    void devicesAreListedBackendsThatAreMissingToo() throws Exception {
        Outcome outcome = run("devices", "--json");
        assertEquals(0, outcome.exit(), outcome.err());
        List<?> devices = (List<?>) JSON.std.mapFrom(outcome.out()).get("devices");
        List<String> ids =
                devices.stream().map(device -> (String) ((Map<?, ?>) device).get("id")).toList();
        assertTrue(ids.getFirst().matches("tornado:\\w+:0"), "devices: " + ids);
        assertTrue(ids.contains("tornado:spirv"), "devices: " + ids);
        assertTrue(ids.contains("cpu:scalar"), "devices: " + ids);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "almost_no_decay",
                "basic",
                "bf16",
                "f16",
                "initial_state",
                "no_decay",
                "one_token",
                "packed_sequences",
                "ragged_rectangular",
                "strong_decay"
            })
    void goldenFilesPass(String name) throws Exception {
        Path input = CommandsIT.golden(name, folder);
        Outcome outcome = run("run", "-d", "tornado", "-n", "1", "--json", "-i", input.toString());
        assertEquals(0, outcome.exit(), outcome.err());
        Map<String, Object> report = JSON.std.mapFrom(outcome.out());
        assertTrue(((String) report.get("device")).startsWith("tornado:"), outcome.out());
        List<?> checks = (List<?>) report.get("checks");
        assertTrue(checks.size() >= 3, outcome.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"basic", "initial_state", "packed_sequences", "ragged_rectangular"})
    void goldenGradientsPass(String name) throws Exception {
        Path input = CommandsIT.golden(name, folder);
        Outcome outcome =
                run(
                        "run",
                        "-d",
                        "tornado",
                        "-n",
                        "1",
                        "--json",
                        "--backward",
                        "-i",
                        input.toString());
        assertEquals(0, outcome.exit(), outcome.err());
        List<?> checks = (List<?>) JSON.std.mapFrom(outcome.out()).get("checks");
        for (String gradient : List.of("dq", "dk", "dv", "dinitial_state")) {
            assertTrue(
                    checks.stream()
                            .map(check -> (Map<?, ?>) check)
                            .anyMatch(check ->
                                    gradient.equals(check.get("what"))
                                            && ("expected." + gradient)
                                                    .equals(check.get("against"))),
                    outcome.out());
        }
    }

    @Test
    void aSweepMeasuresDevicesOfBothBackends() throws Exception {
        Path file = folder.resolve("r.json");
        Outcome outcome =
                run(
                        "bench",
                        "-q",
                        "--algorithms=all",
                        "--lengths=64",
                        "--devices=tornado,cpu",
                        "-H2",
                        "-D16",
                        "--time=0.1",
                        "--warm-up=0.01",
                        "--output=" + file);
        assertEquals(0, outcome.exit(), outcome.err());
        SweepResults results = SweepResults.read(file);
        assertEquals(10, results.points().size(), outcome.out());
        for (Point point : results.points()) {
            assertEquals(Point.MEASURED, point.outcome(), point::toString);
            boolean onDevice = point.device().equals("tornado");
            assertEquals(onDevice, point.kernelMillis() != null, point::toString);
            assertEquals(onDevice, point.deviceBytes() != null, point::toString);
        }
    }

    @Test
    void decodeAndStream() throws Exception {
        Outcome outcome =
                run("bench", "-d", "tornado", "--decode", "-H", "2", "-D", "32", "--time", "0.2");
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(outcome.out().matches("(?s).*decode output +ok .*"), outcome.out());
    }

    @Test
    void theLauncherStartsPlainlyForTheCpu() throws Exception {
        Outcome outcome = run("--show-command", "run", "--device", "cpu");
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(!outcome.out().contains("JVMCI"), outcome.out());
        outcome = run("--show-command", "run", "--device=tornado");
        assertTrue(outcome.out().contains("-Dtornado.recover.bailout=False"), outcome.out());
    }
}
