package io.github.lightning4j.cli;

import static io.github.lightning4j.cli.LightningProcess.measuring;
import static io.github.lightning4j.cli.LightningProcess.run;
import static io.github.lightning4j.cli.LightningProcess.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.cli.InProcess.Outcome;
import io.github.lightning4j.io.Npy;
import io.github.lightning4j.io.Safetensors;
import io.github.lightning4j.reference.RelativeError;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import tools.jackson.jr.ob.JSON;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Commands that succeed, and what they print and write. */
class CommandsIT {
    @TempDir private Path folder;

    static Path golden(String name, Path folder) throws Exception {
        Path file = folder.resolve(name + ".safetensors");
        try (var in = CommandsIT.class.getResourceAsStream("/golden/" + name + ".safetensors")) {
            Files.copy(in, file);
        }
        return file;
    }

    @Test
    void runWithoutADeviceComputesAndChecksOnTheBest() throws Exception {
        Outcome outcome = run("run", "-N", "128");
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(outcome.out().contains("B 1, H 8, N 128, D 128, E 128"), outcome.out());
        assertTrue(outcome.out().matches("(?s).*output +ok .*final_state +ok .*"), outcome.out());
        assertSaysWhyOnce(outcome);
    }

    /** Why it is no better device, in one line that leads on. */
    private static void assertSaysWhyOnce(Outcome outcome) {
        String line =
                "lightning: on cpu:\\w+; tornado is not used: there is no TornadoVM SDK.*;"
                        + " see 'lightning devices'";
        assertTrue(outcome.words().matches(line), outcome.words());
    }

    @Test
    void verifySaysWhyItIsOnTheCpuAsTheOthersDo() throws Exception {
        Outcome outcome = InProcess.run("verify");
        assertEquals(0, outcome.exit(), outcome.err());
        assertSaysWhyOnce(outcome);
    }

    @Test
    void devicesSaysWhatAutoTakesAndWhy() throws Exception {
        Map<String, Object> listing = JSON.std.mapFrom(InProcess.run("devices", "--json").out());
        List<?> notices = (List<?>) listing.get("notices");
        String last = InProcess.run("devices").out().lines().reduce("", (a, b) -> b);
        assertTrue(
                last.startsWith(
                        "--device auto is %s; %s"
                                .formatted(listing.get("auto"), notices.getFirst())),
                last);
        assertTrue(last.startsWith("--device auto is cpu:"), last);
    }

    @Test
    void resultsGoToTheDescriptorThatTheLauncherNames() throws Exception {
        Outcome outcome =
                shell(
                        "export LIGHTNING_JAVA_OPTS=\"$LIGHTNING_JAVA_OPTS -Dlightning.out=9\";"
                                + " { echo before; \"$L\" devices 9>&1 1>&2; echo after; } >'%s/o';"
                                        .formatted(folder)
                                + " \"$L\" devices --json 9>&1 1>&2");
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(JSON.std.mapFrom(outcome.out()).containsKey("devices"), outcome.out());
        String file = Files.readString(folder.resolve("o"));
        assertTrue(file.startsWith("before\nDEVICE"), file);
        assertTrue(file.endsWith("\nafter\n"), file);
        assertFalse(file.contains("\u001b"), file);
    }

    @Test
    void jsonHasEveryFigureAndNothingElseOnStandardOutput() throws Exception {
        Outcome outcome =
                InProcess.run(
                        "run",
                        "--warm-up",
                        "0",
                        "-N",
                        "300",
                        "-H",
                        "2",
                        "-D",
                        "16",
                        "-E",
                        "8",
                        "--json",
                        "-q");
        assertEquals(0, outcome.exit(), outcome.err());
        Map<String, Object> report = JSON.std.mapFrom(outcome.out());
        assertEquals(300, report.get("tokens"));
        assertEquals(8, report.get("valueDim"));
        assertTrue((double) report.get("medianMillis") > 0);
        assertTrue((double) report.get("tokensPerSecond") > 0);
        assertEquals(2, ((List<?>) report.get("checks")).size());
        assertEquals("", outcome.words());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "run -q --warm-up 0 -N 200 -H 2 -D 24 --dtype bf16 --decay retention --layout"
                        + " tokens-first",
                "run -q --warm-up 0 -N 200 -H 2 -D 24 --dtype f16 --decay paper:3/8 --feature-map"
                        + " silu --scale 0.2",
                "run -q --warm-up 0 --sequences 100,0,1,212 -H 3 -D 8 --decay 0,8,4e-8 -d"
                        + " cpu:scalar -t 1",
                "run -q --warm-up 0 -N 0 -H 1 -D 4",
                "run -q --warm-up 0 -N 0 -H 1 -D 4 --backward",
                "run -q --warm-up 0 -N 300 -H 2 -D 24 --backward --dtype bf16 --feature-map silu"
                        + " --json",
                "stream -q --warm-up 0 -N 20k --chunk 512 -H 2 -D 16",
                "stream -q --warm-up 0 -N 500 --chunk 1 -B 3 -H 2 -D 16 --dtype bf16 --json",
                "bench -q -N 300 -H 2 -D 24 --time 0.1 --warm-up 0",
                "bench -q -N 300 -H 2 -D 24 --dtype f16 --layout tokens-first --feature-map silu"
                        + " --decode --backward --time 0.1 --warm-up 0 --json",
                "bench -q --sequences 100,0,1,212 -H 3 -D 8 -d cpu:scalar -t 1 -n 2 --warm-up 0",
                "bench -q -N 0 -H 1 -D 4 --backward -n 1 --warm-up 0",
                "devices --json",
                "help stream",
                "completion",
                "--version"
            })
    void theCommandSucceeds(String line) throws Exception {
        Outcome outcome = InProcess.run(line.split(" "));
        assertEquals(0, outcome.exit(), outcome.err());
        assertEquals("", outcome.words());
        assertFalse(outcome.out().isBlank());
    }

    @Test
    void benchReportsTimesRatesAndCeilingsOfEveryPass() throws Exception {
        String line =
                "bench -q -N 100 -H 1 -D 16 --backward --decode --json --time 0.05 --warm-up 0.05";
        Outcome outcome = run(measuring(line.split(" ")));
        assertEquals(0, outcome.exit(), outcome.err());
        Map<String, Object> report = JSON.std.mapFrom(outcome.out());
        List<?> figures = (List<?>) report.get("figures");
        assertEquals(
                List.of("forward", "forward+backward", "decode"),
                figures.stream().map(figure -> ((Map<?, ?>) figure).get("pass")).toList());
        for (Object each : figures) {
            Map<?, ?> figure = (Map<?, ?>) each;
            double before = 0;
            for (String name : List.of("minMillis", "p5Millis", "p50Millis", "p95Millis")) {
                double millis = (double) figure.get(name);
                assertTrue(millis > 0 && millis >= before, outcome.out());
                before = millis;
            }
            assertTrue((int) figure.get("calls") > 1, outcome.out());
            assertTrue((double) figure.get("tokensPerSecond") > 0, outcome.out());
            assertTrue((double) figure.get("peakShare") > 0, outcome.out());
            assertTrue((double) figure.get("bandwidthShare") > 0, outcome.out());
            assertTrue(figure.get("ceilings") instanceof Map, outcome.out());
            assertFalse(((List<?>) figure.get("checks")).isEmpty(), outcome.out());
        }
    }

    @Test
    void benchTakesTheUsersTensors() throws Exception {
        Outcome outcome =
                InProcess.run(
                        "bench",
                        "-q",
                        "--backward",
                        "--decode",
                        "-i",
                        golden("packed_sequences", folder).toString(),
                        "-n",
                        "3",
                        "--warm-up",
                        "0");
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(outcome.out().contains("packed sequences"), outcome.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"basic", "packed_sequences", "bf16", "initial_state"})
    void goldenFilesPassAndTheOutputIsWhatWasComputed(String name) throws Exception {
        Path input = golden(name, folder);
        Path output = folder.resolve("o.safetensors");
        Outcome outcome =
                InProcess.run(
                        "run",
                        "-q",
                        "--warm-up",
                        "0",
                        "-i",
                        input.toString(),
                        "-o",
                        output.toString());
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(outcome.out().contains("expected.o"), outcome.out());
        try (Safetensors in = Safetensors.open(input);
                Safetensors out = Safetensors.open(output)) {
            Tensor o = out.tensor("o");
            assertEquals(in.tensor("q").dtype(), o.dtype());
            double bound = o.dtype() == DType.F32 ? 1e-5 : 5e-3;
            assertTrue(RelativeError.of(o, in.tensor("expected.o")) <= bound);
            assertTrue(
                    RelativeError.of(out.tensor("final_state"), in.tensor("expected.final_state"))
                            <= 1e-5);
            assertEquals("BHND", out.metadata().get("layout"));
            assertEquals(in.metadata().get("scale"), out.metadata().get("scale"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"basic", "ragged_rectangular", "packed_sequences"})
    void goldenGradientsPassAndAreWritten(String name) throws Exception {
        Path input = golden(name, folder);
        Path output = folder.resolve("g.safetensors");
        Outcome outcome =
                InProcess.run(
                        "run",
                        "-q",
                        "--warm-up",
                        "0",
                        "--backward",
                        "-i",
                        input.toString(),
                        "-o",
                        output.toString());
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(outcome.out().contains("expected.dinitial_state"), outcome.out());
        try (Safetensors in = Safetensors.open(input);
                Safetensors out = Safetensors.open(output)) {
            for (String gradient : List.of("dq", "dk", "dv", "dinitial_state")) {
                assertTrue(
                        RelativeError.of(out.tensor(gradient), in.tensor("expected." + gradient))
                                <= 2e-5);
            }
        }
    }

    @Test
    void npyFilesComeInAndGoOut() throws Exception {
        Path input = golden("initial_state", folder);
        try (Safetensors in = Safetensors.open(input)) {
            for (String name : List.of("q", "k", "v", "initial_state")) {
                Npy.write(folder.resolve(name + ".npy"), in.tensor(name));
            }
            String slopes = "";
            for (float slope : in.tensor("slopes").toFloatArray()) {
                slopes += (slopes.isEmpty() ? "" : ",") + slope;
            }
            Outcome outcome =
                    InProcess.run(
                            "run",
                            "-q",
                            "--warm-up",
                            "0",
                            "--q",
                            folder.resolve("q.npy").toString(),
                            "--k",
                            folder.resolve("k.npy").toString(),
                            "--v",
                            folder.resolve("v.npy").toString(),
                            "--initial-state",
                            folder.resolve("initial_state.npy").toString(),
                            "--decay",
                            slopes,
                            "--scale",
                            in.metadata().get("scale"),
                            "--output",
                            folder.resolve("o.npy").toString());
            assertEquals(0, outcome.exit(), outcome.err());
            try (Npy o = Npy.open(folder.resolve("o.npy"))) {
                assertTrue(RelativeError.of(o.tensor(), in.tensor("expected.o")) <= 2e-6);
            }
        }
    }

    @Test
    void outputMayBeADevice() throws Exception {
        Outcome outcome =
                run(
                        "run",
                        "-q",
                        "--warm-up",
                        "0",
                        "-N",
                        "10",
                        "-H",
                        "1",
                        "-D",
                        "4",
                        "-o",
                        "/dev/null");
        assertEquals(0, outcome.exit(), outcome.err());
    }

    @Test
    void showCommandPrintsALineThatAShellRuns() throws Exception {
        Outcome outcome = shell("eval \"$(\"$L\" --show-command --version)\"");
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(outcome.out().startsWith("lightning4j "), outcome.out());
    }

    @Test
    void theDistributionRunsFromAnyFolderAndThroughALink() throws Exception {
        Path spaced = Files.createDirectory(folder.resolve("a folder"));
        Outcome outcome =
                shell(
                        "cd '%s' && ln -s \"$L\" 'my lightning' && './my lightning' devices"
                                .formatted(spaced));
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(outcome.out().contains("cpu:scalar"), outcome.out());
    }

    /** As a service may be started. */
    @Test
    void noHomeIsNeeded() throws Exception {
        for (String sdk : List.of("", "TORNADOVM_HOME=/nonexistent ", "env -u TORNADOVM_HOME ")) {
            Outcome outcome = shell("unset HOME; " + sdk + "\"$L\" devices --ids");
            assertEquals(0, outcome.exit(), outcome.err());
            assertTrue(outcome.out().contains("cpu:scalar\n"), outcome.out());
        }
    }

    /** What was compiled against signatures of TornadoVM's API runs with an SDK's own. */
    @Test
    void nothingOfTornadoVmIsInTheDistribution() throws Exception {
        try (Stream<Path> jars = Files.list(Path.of(System.getProperty("lightning.dist"), "lib"))) {
            List<String> names = jars.map(jar -> jar.getFileName().toString()).toList();
            assertTrue(
                    names.stream().anyMatch(name -> name.startsWith("lightning4j-tornado-kernels")),
                    names.toString());
            assertTrue(
                    names.stream()
                            .noneMatch(name ->
                                    name.startsWith("tornado") || name.contains("signatures")),
                    names.toString());
        }
    }
}
