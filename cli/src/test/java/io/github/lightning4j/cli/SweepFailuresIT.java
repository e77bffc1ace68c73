package io.github.lightning4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.cli.InProcess.Outcome;
import io.github.lightning4j.results.Point;
import io.github.lightning4j.results.SweepResults;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** Sweeps that are interrupted, refused, too slow or not wanted like this, and what they leave. */
class SweepFailuresIT {
    private static final String SMALL =
            "bench -q -t 1 -H 1 -D 8 --time 0.05 --warm-up 0 --point-time 1000";

    /** Nothing but the number of calls bounds what is measured. */
    private static final String WITHOUT_END =
            "bench -q -H 1 -D 8 -t 1 --devices cpu:scalar --warm-up 0 --time 1e6 --point-time 1e6"
                    + " --algorithms right-product";

    @TempDir private Path folder;

    private Path file() {
        return folder.resolve("r.json");
    }

    private static String[] words(String line) {
        return line.split(" ");
    }

    /** In this JVM: its series are processes anyway. */
    private Outcome sweep(String more) {
        return InProcess.run(words(SMALL + " " + more + " -o " + file()));
    }

    private void assertFails(int exit, String why, Outcome outcome) {
        assertEquals(exit, outcome.exit(), outcome.err());
        assertTrue(outcome.words().contains(why), outcome.words());
        assertFalse(outcome.err().contains("\tat "), outcome.err());
    }

    private Process started(String sweep) throws Exception {
        return LightningProcess.builder(words(sweep))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** A sweep with one point in its file, at whose next length it stays. */
    private Process startedWithoutEnd() throws Exception {
        String sweep = WITHOUT_END + " -o " + file() + " --lengths ";
        assertEquals(0, InProcess.run(words(sweep + "64 -n 1")).exit());
        return started(sweep + "64,128 --resume");
    }

    /** The series that a sweep has started, once it has. */
    private static ProcessHandle series(Process sweep) throws Exception {
        AtomicReference<ProcessHandle> series = new AtomicReference<>();
        Waiting.until(
                "a series runs",
                () -> {
                    assertTrue(sweep.isAlive(), "the sweep has ended");
                    sweep.descendants()
                            .filter(p -> p.info().commandLine().orElse("").contains(" series "))
                            .findFirst()
                            .ifPresent(series::set);
                    return series.get() != null;
                });
        return series.get();
    }

    /** As Ctrl-C at a terminal, where the series may be gone before the sweep hears of it. */
    @Test
    @EnabledOnOs(OS.LINUX)
    @EnabledIf(ControlC.IS_HEARD)
    void anInterruptedSeriesIsNoFailureAndGoesOn() throws Exception {
        Process process = startedWithoutEnd();
        ProcessHandle series = series(process);
        ControlC.send(series.pid());
        series.onExit().join();
        ControlC.send(process.pid());
        Waiting.untilEnded(process);
        SweepResults results = SweepResults.read(file());
        assertFalse(results.complete());
        assertEquals(1, results.points().size(), results::toString);
        Outcome outcome =
                InProcess.run(words(WITHOUT_END + " --lengths 64,128 -n 1 --resume -o " + file()));
        assertEquals(0, outcome.exit(), outcome.err());
        results = SweepResults.read(file());
        assertTrue(results.complete());
        assertEquals(2, results.points().size());
        assertTrue(results.points().stream().allMatch(Point::hasFigures));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    @EnabledIf(ControlC.IS_HEARD)
    void aSeriesInterruptedAloneLeavesTheSweepIncomplete() throws Exception {
        Process process =
                started(
                        // The one takes minutes, the other, which has no state, milliseconds.
                        WITHOUT_END.replace("-H 1 -D 8", "-H 16 -D 1024")
                                + ",softmax --lengths 1 -n 20000 -o "
                                + file());
        ControlC.send(series(process).pid());
        assertEquals(1, Waiting.untilEnded(process));
        SweepResults results = SweepResults.read(file());
        assertFalse(results.complete());
        assertEquals(List.of("softmax"), results.points().stream().map(Point::algorithm).toList());
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    @EnabledIf(ControlC.IS_HEARD)
    void anInterruptionBeforeTheFirstPointLeavesNoFile() throws Exception {
        Process process = started(WITHOUT_END + " --lengths 64 -o " + file());
        series(process);
        ControlC.send(process.pid());
        Waiting.untilEnded(process);
        assertFalse(Files.exists(file()));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void anInterruptedSweepKeepsWhatItHas() throws Exception {
        Process process = startedWithoutEnd();
        series(process);
        process.destroy();
        Waiting.untilEnded(process);
        SweepResults results = SweepResults.read(file());
        assertEquals(1, results.points().size());
        assertFalse(results.complete());
    }

    @Test
    void resumingTriesAgainWhatFailedOrWasRefused() throws Exception {
        String words = "--algorithms softmax,right-product --lengths 64,128 --devices cpu:scalar";
        assertEquals(0, sweep(words).exit());
        SweepResults results = SweepResults.read(file());
        List<Point> points = new ArrayList<>(results.points().subList(0, 1));
        points.add(Point.without("cpu:scalar", "softmax", 128, Point.FAILED, "it broke"));
        points.add(Point.without("cpu:scalar", "right-product", 64, Point.REFUSED, "no"));
        results.with(points, true).write(file());
        Outcome outcome = sweep(words + " --resume");
        assertEquals(0, outcome.exit(), outcome.err());
        SweepResults again = SweepResults.read(file());
        assertTrue(again.complete());
        assertEquals(4, again.points().size());
        assertTrue(again.points().stream().allMatch(Point::hasFigures), again::toString);
        assertEquals(results.points().getFirst(), again.points().getFirst());
    }

    @Test
    void aFileThatIsThereStays() throws Exception {
        Files.writeString(file(), "results of a night");
        Outcome outcome = sweep("--algorithms softmax --lengths 64 --devices cpu:scalar");
        assertFails(2, "is there already; add --resume", outcome);
        assertEquals("results of a night", Files.readString(file()));
        Files.writeString(file(), "");
        outcome = sweep("--algorithms softmax --lengths 64 --devices cpu:scalar");
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(SweepResults.read(file()).complete());
    }

    @Test
    void onlyWhatBelongsTogetherIsResumed() throws Exception {
        String words = "--algorithms right-product --lengths 64,128 --devices cpu:scalar --resume";
        assertEquals(0, sweep(words.replace(",128", "")).exit());
        SweepResults there = SweepResults.read(file());
        assertEquals(1, there.conditions().threads());
        assertFails(
                2,
                "has threads 1, not 2",
                InProcess.run(
                        words((SMALL + " " + words + " -o " + file()).replace("-t 1", "-t 2"))));
        String json = there.json();
        for (String[] change :
                new String[][] {
                    {"\"version\" : \"[^\"]+\"", "\"version\" : \"0.0.1\"", "version 0.0.1, not "},
                    {"\"system\" : \"[^\"]+\"", "\"system\" : \"CP/M\"", "system CP/M, not "},
                    {"\"hardware\" : \"[^\"]+\"", "\"hardware\" : \"an abacus\"", "'an abacus'"},
                }) {
            String changed = json.replaceFirst(change[0], change[1]);
            Files.writeString(file(), changed);
            assertFails(2, change[2], sweep(words));
            assertEquals(changed, Files.readString(file()));
        }
        Files.writeString(file(), json.replaceFirst("\"threads\" : 1", "\"threads\" : null"));
        assertEquals(0, sweep(words).exit());
        assertEquals(2, SweepResults.read(file()).points().size());
    }

    @Test
    void theTimeOfALengthBindsTheFirstToo() throws Exception {
        Outcome outcome =
                InProcess.run(
                        words(
                                "bench -q -t 1 -H 1 -D 8 --algorithms softmax --lengths 128k"
                                        + " --devices cpu:scalar --point-time 0.3 -n 1 -o "
                                        + file()));
        assertEquals(0, outcome.exit(), outcome.err());
        Point point = SweepResults.read(file()).points().getFirst();
        assertEquals(Point.STOPPED, point.outcome(), point::toString);
        assertTrue(Points.reason(point).contains("a call would take about"), point::toString);
        assertTrue(Points.reason(point).contains("2 of them more than"), "with one timed call");
    }

    @Test
    void devicesThatCannotBeUsedAreExitCode3() throws Exception {
        Outcome outcome = sweep("--algorithms lightning-2 --lengths 64 --devices nowhere");
        assertEquals(3, outcome.exit(), outcome.err());
        assertEquals(Point.REFUSED, SweepResults.read(file()).points().getFirst().outcome());
        Files.delete(file());
        outcome = InProcess.run("bench", "-q", "--lengths", "64", "--devices", "");
        assertFails(2, "--devices has an empty name", outcome);
    }

    @Test
    void whereFilesCannotBeWrittenIsSaidBeforehand() throws Exception {
        String sweep = SMALL + " --algorithms softmax --lengths 64 --devices cpu ";
        Path none = folder.resolve("none");
        for (String option : List.of("-o ", "--csv ")) {
            Outcome outcome = InProcess.run(words(sweep + option + none.resolve("r.json")));
            assertFails(4, none.resolve("r.json") + ": its folder does not exist", outcome);
            assertEquals("", outcome.out());
            assertFails(4, "that is a folder", InProcess.run(words(sweep + option + folder)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"report", "compare"})
    void filesThatAreNotThereOrNoResultsAreSaidInWords(String command) throws Exception {
        Path none = folder.resolve("none.json");
        assertFails(4, none + ": there is no such file", InProcess.run(command, none.toString()));
        assertFails(4, folder + " is a folder", InProcess.run(command, folder.toString()));
        Path file = Files.write(folder.resolve("bytes"), new byte[] {-1, -2});
        assertFails(4, file + " is no", InProcess.run(command, file.toString()));
        Files.writeString(
                file,
                Files.readString(Path.of("..", "docs", "results", "cpu.json"))
                        .replaceFirst(
                                "\"tokensPerSecond\" : [^,\\s]+", "\"tokensPerSecond\" : \"x\""));
        assertFails(
                4,
                "points[0].tokensPerSecond is \"x\"; it must be a",
                InProcess.run(command, file.toString()));
    }

    @Test
    void repeatBoundsTheCallsOfAPoint() throws Exception {
        Outcome outcome =
                sweep(
                        "--algorithms softmax,right-product,softmax --lengths 64 --devices"
                                + " cpu:scalar --repeat 2");
        assertEquals(0, outcome.exit(), outcome.err());
        List<Point> points = SweepResults.read(file()).points();
        assertEquals(2, points.size());
        for (Point point : points) {
            assertEquals(2, Points.measured(point).times().calls(), point::toString);
        }
    }

    /** A file that both were written to would hold the one that came last. */
    @Test
    void noFileIsWrittenOverAnother() throws Exception {
        String words = "--algorithms softmax --lengths 64 --devices cpu:scalar";
        assertFails(2, "--csv is", sweep(words + " --csv " + file()));
        assertFalse(Files.exists(file()));
        assertEquals(0, sweep(words).exit());
        String before = Files.readString(file());
        for (String option : List.of("-o", "--csv", "--figure")) {
            Outcome outcome = InProcess.run("report", file().toString(), option, file().toString());
            assertFails(2, "the results file", outcome);
        }
        assertFails(
                2, "report 1", InProcess.run(words("compare " + file() + " --markdown " + file())));
        assertEquals(before, Files.readString(file()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--point-time Infinity", "--time Infinity", "-B 0", "-H 0"})
    void whatNoFileCouldHoldIsFoundBeforehand(String more) throws Exception {
        String line = SMALL + " --algorithms softmax --lengths 64 -o " + file() + " " + more;
        assertEquals(2, InProcess.run(words(line)).exit());
        assertFalse(Files.exists(file()));
    }

    /** Who kills it finds a file that does not say it is whole. */
    @Test
    void aFileIsNotCompleteWhileItGrows() throws Exception {
        String words = WITHOUT_END + " -n 1000 -o " + file() + " --lengths ";
        assertEquals(0, InProcess.run(words(words + "64")).exit());
        assertTrue(SweepResults.read(file()).complete());
        // A thousand calls at the last length take minutes.
        Process process = started(words + "64,128,1m --resume");
        Waiting.until("two points", () -> SweepResults.read(file()).points().size() == 2);
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
        SweepResults results = SweepResults.read(file());
        assertEquals(2, results.points().size(), results::toString);
        assertFalse(results.complete());
    }
}
