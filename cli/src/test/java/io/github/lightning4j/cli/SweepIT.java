package io.github.lightning4j.cli;

import static io.github.lightning4j.cli.LightningProcess.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.cli.InProcess.Outcome;
import io.github.lightning4j.results.Point;
import io.github.lightning4j.results.SweepResults;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A sweep, its files, its page and its comparison, through the real command. */
class SweepIT {
    /** Seconds that only end a hang. */
    private static final String ENOUGH = "1000";

    private static final String SMALL =
            "bench -q -t 1 -H 1 -D 8 --time 0.05 --warm-up 0 --point-time " + ENOUGH;

    @TempDir private Path folder;

    private String[] words(String more) {
        List<String> words = new ArrayList<>(List.of(SMALL.split(" ")));
        words.addAll(List.of(more.split(" ")));
        words.addAll(List.of("-o", folder.resolve("r.json").toString()));
        return words.toArray(String[]::new);
    }

    /** In this JVM: its series are processes anyway. */
    private Outcome sweep(String more) {
        return InProcess.run(words(more));
    }

    private SweepResults results() throws Exception {
        return SweepResults.read(folder.resolve("r.json"));
    }

    @Test
    void everyAlgorithmIsMeasuredDrawnAndCompared() throws Exception {
        Path csv = folder.resolve("r.csv");
        Outcome outcome = sweep("--algorithms all --lengths 64..128 --devices cpu --csv " + csv);
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(
                outcome.out().contains("tokens/s by tokens, log scales: s softmax"), outcome.out());
        SweepResults results = results();
        assertTrue(results.complete() && results.passed());
        assertEquals(10, results.points().size());
        for (Point point : results.points()) {
            assertEquals(Point.MEASURED, point.outcome(), point::toString);
            assertNotNull(Points.measured(point).accuracy(), point::toString);
            assertTrue(Points.measured(point).times().calls() >= 3, point::toString);
        }
        assertEquals(11, Files.readAllLines(csv).size());
        String file = folder.resolve("r.json").toString();
        Path page = folder.resolve("r.html");
        outcome = InProcess.run("report", "-q", file, "-o", page.toString());
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(Files.readString(page).contains("The attentions side by side"));
        assertEquals(0, InProcess.run("compare", file, file, "--tolerance", "1%").exit());
        outcome = InProcess.run("compare", file, file, "--tolerance", "1");
        assertEquals(2, outcome.exit(), outcome.err());
    }

    @Test
    void resumingMeasuresOnlyWhatIsMissing() throws Exception {
        assertEquals(0, sweep("--algorithms softmax --lengths 64 --devices cpu:scalar").exit());
        Point before = results().points().getFirst();
        Outcome outcome =
                sweep("--algorithms softmax --lengths 64,100 --devices cpu:scalar --resume");
        assertEquals(0, outcome.exit(), outcome.err());
        assertEquals(before, results().points().getFirst());
        assertEquals(2, results().points().size());
        outcome = sweep("--algorithms softmax --lengths 64 --resume --value-dim 4");
        assertEquals(2, outcome.exit(), outcome.err());
        assertTrue(outcome.words().contains("--resume needs the same"), outcome.words());
    }

    @Test
    void everyCallOfASweepMayHaveTheSameNumberOfTokens() throws Exception {
        String words = "--algorithms lightning-2 --devices cpu:scalar --lengths 64,256";
        Outcome outcome = sweep(words + " --total-tokens 512");
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(outcome.out().contains("512 tokens a call: B = 512 / N"), outcome.out());
        for (Point point : results().points()) {
            Point.Times times = Points.measured(point).times();
            assertEquals(
                    512, times.tokensPerSecond() * times.p50Millis() / 1e3, 1e-6, point::toString);
        }
        assertEquals(0, sweep(words + ",512 --total-tokens 512 --resume").exit());
        assertEquals(3, results().points().size());
        for (String other : List.of("--total-tokens 1k", "--batch 2")) {
            outcome = sweep(words + " --resume " + other);
            assertEquals(2, outcome.exit(), outcome.err());
            assertTrue(outcome.words().contains("--resume needs the same"), outcome.words());
        }
    }

    @Test
    void aSeriesThatHasBecomeTooSlowEndsWithAWord() throws Exception {
        Outcome outcome =
                InProcess.run(
                        Stream.of(
                                        words(
                                                "--algorithms softmax --lengths 512,256k,512k"
                                                        + " --devices cpu:scalar"))
                                .map(word -> word.equals(ENOUGH) ? "5" : word)
                                .toArray(String[]::new));
        assertEquals(0, outcome.exit(), outcome.err());
        Point end = results().points().getLast();
        assertEquals(Point.STOPPED, end.outcome(), end::toString);
        assertEquals(1 << 18, end.tokens());
        assertTrue(Points.reason(end).contains("would take about"), end::toString);
        assertTrue(outcome.out().contains("softmax, stopped at 256k tokens"), outcome.out());
    }

    @Test
    void aDeviceThatIsNotThereIsAWordAndNoEnd() throws Exception {
        Outcome outcome =
                sweep("--algorithms lightning-2 --lengths 64 --devices nowhere,cpu:scalar");
        SweepResults results = results();
        assertEquals(2, results.points().size(), outcome.err());
        assertEquals(Point.REFUSED, results.points().getFirst().outcome());
        assertEquals(Point.MEASURED, results.points().getLast().outcome());
    }

    @Test
    void aSweepSaysOnceWhyItIsOnTheCpu() throws Exception {
        Outcome outcome =
                run(
                        (SMALL.replace("-q ", "") + " --algorithms lightning-2 --lengths 32")
                                .split(" "));
        assertEquals(0, outcome.exit(), outcome.err());
        assertEquals(
                1,
                outcome.err().lines().filter(line -> line.contains("tornado is not used")).count(),
                outcome.err());
    }

    @Test
    void whatDoesNotGoWithASweepIsRefused() throws Exception {
        for (String more :
                List.of(
                        "--time 0",
                        "--csv r.csv",
                        "--point-time 5",
                        "--algorithms all --decode",
                        "--algorithms all -a softmax",
                        "--algorithms nonsense",
                        "--lengths 4k..1k",
                        "--lengths 0",
                        "--resume --algorithms all --tokens 5",
                        "--lengths 64 --total-tokens 128 --batch 2",
                        "--lengths 64..256 --total-tokens 128",
                        "--lengths 48 --total-tokens 128",
                        "--lengths 48 --total-tokens 0",
                        "--lengths 1 --total-tokens 2g")) {
            Outcome outcome = InProcess.run(words(more));
            assertEquals(2, outcome.exit(), more + ": " + outcome.err());
            assertFalse(outcome.err().contains("\tat "), outcome.err());
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void devicesAreComparedAndFilesOfOthersStay() throws Exception {
        Path foreign = Files.writeString(folder.resolve("foreign.json"), "{}");
        ProcessBuilder builder =
                LightningProcess.builder(
                        ("-H 2 -N 256 --output " + folder + " -D 16 --time 0 --warm-up 0")
                                .split(" "));
        Outcome outcome = run(LightningProcess.script("compare-devices", builder));
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(outcome.out().contains("cpu"), outcome.out());
        assertTrue(Files.readString(folder.resolve("comparison.md")).contains("| cpu"));
        String comparison = Files.readString(folder.resolve("comparison.json"));
        assertTrue(comparison.length() > 3, comparison);
        assertEquals("{}", Files.readString(foreign));

        builder = LightningProcess.builder(("--output " + folder + " --tokns 256").split(" "));
        outcome = run(LightningProcess.script("compare-devices", builder));
        assertEquals(2, outcome.exit(), outcome.err());
        assertTrue(outcome.err().contains("Unknown options: '--tokns'"), outcome.err());
        assertEquals(comparison, Files.readString(folder.resolve("comparison.json")));
        try (Stream<Path> files = Files.list(folder)) {
            assertTrue(files.noneMatch(file -> file.getFileName().toString().startsWith(".new")));
        }
    }

    /**
     * A link to compare-devices beside a launcher of these devices, which edits the command lines
     * of their processes.
     */
    private Path compareDevices(String ids, String edit) throws Exception {
        Path bin = Files.createDirectories(folder.resolve("bin"));
        Path script = bin.resolve("compare-devices");
        Files.copy(
                LightningProcess.launcher("compare-devices"),
                script,
                StandardCopyOption.REPLACE_EXISTING);
        script(bin.resolve("tornado-sdk"), "echo opencl");
        script(
                bin.resolve("lightning"),
                """
                case " $* " in
                    *' compare-devices '*)
                        LIGHTNING_LAUNCHER=$0 exec "$LIGHTNING_JAVA_HOME/bin/java" \
                            -cp "${L%%/bin/*}/lib/*" \
                            io.github.lightning4j.cli.LightningCommand "$@" ;;
                    *' devices --ids '*) printf '%%s\\n' %s ;;
                    *' tornado:opencl:0 '*) echo 'lightning: it has no memory' >&2; exit 3 ;;
                    *) exec "$L" $(echo " $* " | sed '%s') ;;
                esac
                """
                        .formatted(ids, edit));
        Path link = folder.resolve("link");
        Files.deleteIfExists(link);
        return Files.createSymbolicLink(link, script);
    }

    /** A backend of two devices of which one cannot run, and the other is the CPU in its name. */
    private Outcome compareTwo(String options) throws Exception {
        Path link =
                compareDevices(
                        "tornado:opencl:0 tornado:opencl:1 cpu:x",
                        "s/ tornado:opencl:1 / cpu:scalar /");
        return LightningProcess.shell(
                "sh '%s' --output '%s' %s".formatted(link, folder.resolve("out"), options));
    }

    private static void script(Path file, String lines) throws Exception {
        Files.writeString(file, "#!/bin/sh\n" + lines + "\n");
        assertTrue(file.toFile().setExecutable(true));
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aDeviceThatCannotRunHasARowThatSaysWhy() throws Exception {
        Outcome outcome = compareTwo("-H 1 -N 32 -D 8 --time 0 --warm-up 0");
        assertEquals(1, outcome.exit(), outcome.err());
        String table = Files.readString(folder.resolve("out").resolve("comparison.md"));
        assertTrue(
                table.lines()
                        .anyMatch(row ->
                                row.contains("| tornado:opencl:0 |")
                                        && row.contains("it has no memory")),
                table);
        assertTrue(table.contains("| cpu:scalar |"), table);
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aDeviceWithoutASweepDoesNotCostTheOthersTheirs() throws Exception {
        Outcome outcome =
                compareTwo(
                        SMALL.substring(SMALL.indexOf("-H"))
                                + " --algorithms lightning-2 --lengths 32");
        assertEquals(1, outcome.exit(), outcome.err());
        assertTrue(
                outcome.err().contains("compare-devices: tornado:opencl:0: it has no memory"),
                outcome.err());
        String table = Files.readString(folder.resolve("out").resolve("comparison.md"));
        assertTrue(table.contains("cpu:scalar"), table);
    }

    /** As by Ctrl-C, which reaches the script and what it runs. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    @EnabledIf(ControlC.IS_HEARD)
    void anInterruptedComparisonPrintsWhatItHasAndKeepsWhatThereWas() throws Exception {
        Path before = Files.writeString(folder.resolve("comparison.json"), "{}");
        Path out = folder.resolve("out.txt");
        Path err = folder.resolve("err.txt");
        Path link = compareDevices("cpu:scalar", "s/ -N 4k / -N 64 /");
        ProcessBuilder builder = LightningProcess.builder();
        builder.command("sh", link.toString(), "--output", folder.toString());
        builder.environment().put("L", LightningProcess.launcher().toString());
        Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        try {
            Waiting.untilSaid("-H 16", err, process); // the second case
            List<ProcessHandle> children = process.descendants().toList();
            ControlC.send(process.pid());
            for (ProcessHandle child : children) {
                ControlC.send(child.pid());
            }
            Waiting.untilEnded(process);
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        assertEquals(130, process.exitValue(), Files.readString(err));
        assertTrue(Files.readString(out).contains("1x8x64x128"), Files.readString(err));
        assertEquals("{}", Files.readString(before));
        try (Stream<Path> files = Files.list(folder)) {
            assertTrue(files.noneMatch(file -> file.getFileName().toString().startsWith(".new")));
        }
    }
}
