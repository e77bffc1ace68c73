package io.github.lightning4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lightning4j.cli.InProcess.Outcome;
import io.github.lightning4j.results.Point;
import io.github.lightning4j.results.SweepResults;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.jr.ob.JSON;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The command where an installed TornadoVM SDK finds no platform of OpenCL. */
@EnabledIfSystemProperty(named = "lightning.tornado.sdk", matches = ".+")
class TornadoPlatformsIT {
    @TempDir private Path folder;

    /** Where TornadoVM's OpenCL starts and finds no platform, and its native code prints so. */
    private static ProcessBuilder withoutPlatforms(String... args) throws Exception {
        assumeTrue(InstalledSdk.backends().contains("opencl"), "the SDK has OpenCL");
        return InstalledSdk.with("OCL_ICD_VENDORS", "/nonexistent", args);
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
                                                + " -D 8 --time 0 --warm-up 0 --point-time 1000 -o "
                                                + file)
                                        .split(" ")));
        Point refused =
                SweepResults.read(file).points().stream()
                        .filter(point -> point.device().equals("tornado:opencl"))
                        .findFirst()
                        .orElseThrow(() -> new AssertionError(outcome.err()));
        assertEquals(Point.REFUSED, refused.outcome(), refused::toString);
        assertTrue(Points.reason(refused).contains("cannot be used"), refused::toString);
    }
}
