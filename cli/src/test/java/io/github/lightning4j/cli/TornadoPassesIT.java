package io.github.lightning4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.cli.InProcess.Outcome;
import io.github.lightning4j.results.Point;
import io.github.lightning4j.results.SweepResults;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.jr.ob.JSON;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Passes of the command on the device that an installed TornadoVM SDK suggests, all with heads of
 * the golden file's shape, because drivers such as PoCL keep what they compiled for it.
 */
@EnabledIfSystemProperty(named = "lightning.tornado.sdk", matches = ".+")
class TornadoPassesIT {
    @TempDir private Path folder;

    /** One of those that the conformance suite shows every device, with their gradients. */
    @Test
    void aGoldenFilePasses() throws Exception {
        Path input = CommandsIT.golden("basic", folder);
        String line = "run -d tornado --warm-up 0 -n 1 --json -i " + input;
        Outcome outcome = InstalledSdk.run(line.split(" "));
        assertEquals(0, outcome.exit(), outcome.err());
        Map<String, Object> report = JSON.std.mapFrom(outcome.out());
        assertTrue(((String) report.get("device")).startsWith("tornado:"), outcome.out());
        List<Map<?, ?>> checks =
                ((List<?>) report.get("checks"))
                        .stream().<Map<?, ?>>map(check -> (Map<?, ?>) check).toList();
        for (String answer : List.of("o", "final_state")) {
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
                        "-H2",
                        "-D16",
                        "--time=0.1",
                        "--point-time=1000",
                        "--warm-up=0",
                        "--output=" + file);
        Outcome outcome = LightningProcess.run(sweep);
        assertEquals(0, outcome.exit(), outcome.err());
        SweepResults results = SweepResults.read(file);
        assertEquals(2, results.points().size(), outcome.out());
        for (Point point : results.points()) {
            assertEquals(Point.MEASURED, point.outcome(), point::toString);
            boolean onDevice = point.device().equals("tornado");
            assertEquals(onDevice, Points.measured(point).kernel() != null, point::toString);
            assertEquals(
                    onDevice,
                    Points.measured(point).memory().deviceBytes() != null,
                    point::toString);
        }
    }

    @Test
    void aStreamOfSingleTokensPasses() throws Exception {
        String line = "stream -d tornado -N 50 --chunk 1 -H 2 -D 16 --warm-up 0";
        Outcome outcome = InstalledSdk.run(line.split(" "));
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(outcome.out().matches("(?s).*\\n50 .*tokens/s .*"), outcome.out());
    }
}
