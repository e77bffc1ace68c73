package io.github.lightning4j.distributed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.BackendException;
import io.github.lightning4j.DType;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Jobs in processes of their own, of which some die. Deadlines only end what would hang. */
@Timeout(1800)
class ProcessRunnerTest {
    @TempDir private Path folder;
    private Path input = Path.of("");
    private final Fixture fixture = Fixture.of(Layout.HEADS_FIRST, DType.BF16, 1, 400);
    private final List<Process> started = Collections.synchronizedList(new ArrayList<>());
    private final List<String> failures = new ArrayList<>();

    /** What is told of failures. */
    private final JobListener listener =
            new JobListener() {
                @Override
                public void failed(Phase phase, int partition, String reason) {
                    failures.add(phase + " " + partition + " " + reason);
                }
            };

    @BeforeEach
    void write() throws IOException {
        input = fixture.write(folder);
    }

    @AfterEach
    void noProcessIsLeft() throws Exception {
        for (Process process : started) {
            process.waitFor();
        }
    }

    /** Starts workers of this Java in which something goes wrong. */
    private WorkerLauncher launcher(FaultyWorker.Fault fault) {
        return (job, device) -> {
            Process process =
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                    "-XX:TieredStopAtLevel=1",
                                    "-XX:+UseSerialGC",
                                    "-Xshare:auto",
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    FaultyWorker.class.getName(),
                                    job.toString(),
                                    fault.name(),
                                    folder.resolve("stuck").toString())
                            .start();
            started.add(process);
            return process;
        };
    }

    private JobReport run(String output, int workers, WorkerLauncher launcher) throws Exception {
        return inFolder(
                output,
                job ->
                        ProcessRunner.run(
                                job,
                                Collections.nCopies(workers, "cpu:scalar"),
                                launcher,
                                listener));
    }

    /** Runs a job somehow. */
    private interface Run {
        JobReport run(JobFolder job) throws IOException, InterruptedException;
    }

    private JobReport inFolder(String output, Run run) throws Exception {
        try (TensorFile file = TensorFile.map(input);
                JobFolder job =
                        JobFolder.open(
                                folder.resolve(output),
                                AttentionJob.of(
                                        fixture.config, Direction.BACKWARD, true, file, 64))) {
            JobReport report = run.run(job);
            ResultFile.assemble(job, folder.resolve(output + ".safetensors"));
            return report;
        }
    }

    private JobReport here(String output) throws Exception {
        try (LightningAttention attention = fixture.open()) {
            return inFolder(output, job -> LocalRunner.run(job, attention, listener));
        }
    }

    private void assertSameBytes(String a, String b) throws IOException {
        assertEquals(
                -1,
                Files.mismatch(
                        folder.resolve(a + ".safetensors"), folder.resolve(b + ".safetensors")));
    }

    @Test
    void aWorkerGivesTheBytesThatThisProcessGives() throws Exception {
        JobReport report = run("one", 1, WorkerLauncher.ofThisJava(1));
        assertEquals(7, report.computed());
        // Six states each way, to the scan and from it; nothing else travels.
        long state = 4L * Fixture.HEADS * Fixture.KEY_DIM * Fixture.VALUE_DIM;
        assertEquals(2 * 2 * 6 * state, report.exchangedBytes());
        assertEquals(Map.of(), report.kernelTimes()); // because a CPU has no clock
        here("here");
        assertSameBytes("here", "one");
    }

    @Test
    void kernelTimesAreThoseOfAllWorkersTogetherByPhase() throws Exception {
        JobReport report = run("clocked", 2, launcher(FaultyWorker.Fault.NONE));
        // Of 400 tokens in partitions of 64, the last 16 are in one that no sequence leaves.
        Map<Phase, Duration> expected =
                Map.of(
                        Phase.STATES, Duration.ofNanos(384 * ClockedDevice.STATE_NANOS),
                        Phase.GRADIENTS, Duration.ofNanos(336 * ClockedDevice.STATE_NANOS),
                        Phase.PARTS, Duration.ofNanos(400 * ClockedDevice.PASS_NANOS));
        assertEquals(expected, report.kernelTimes());
        assertEquals(Set.of(Phase.values()), report.times().keySet());
        assertEquals(report, JobReport.parse(report.toLine()));
        try (LightningAttention clocked = ClockedDevice.open(fixture.config)) {
            JobReport here =
                    inFolder("here", job -> LocalRunner.run(job, clocked, JobListener.NONE));
            assertEquals(expected, here.kernelTimes());
            JobReport again =
                    inFolder("here", job -> LocalRunner.run(job, clocked, JobListener.NONE));
            assertEquals(Map.of(), again.kernelTimes());
        }
        assertSameBytes("here", "clocked");
    }

    @Test
    void aLineThatIsNoReportIsRefused() {
        for (String line : List.of("", "hello", "partitions=1 computed=1", "partitions=one")) {
            assertThrows(IllegalArgumentException.class, () -> JobReport.parse(line), line);
        }
    }

    @Test
    void aPhaseInWhichOneDeviceGivesNoTimeHasNone() {
        KernelTimes times = new KernelTimes();
        times.add(Phase.STATES, Duration.ofNanos(5));
        times.add(Phase.PARTS, Duration.ofNanos(5));
        times.add(Phase.PARTS, null);
        times.add(Phase.PARTS, Duration.ofNanos(5));
        assertEquals(Map.of(Phase.STATES, Duration.ofNanos(5)), times.known());
    }

    @Test
    void twoWorkersOfWhichOneIsKilledAtWorkGiveTheSameBytes() throws Exception {
        Thread killer =
                whenStuck(() -> {
                    long id = Long.parseLong(Files.readString(folder.resolve("stuck")));
                    ProcessHandle.of(id).orElseThrow().destroyForcibly();
                });
        run("killed", 2, launcher(FaultyWorker.Fault.STUCK));
        killer.join();
        assertEquals(3, started.size());
        assertEquals(1, failures.size(), failures::toString);
        assertTrue(
                failures.getFirst().startsWith("PARTS 2 cpu:scalar: the worker ended with code"),
                failures::toString);
        here("here");
        assertSameBytes("here", "killed");
    }

    @Test
    void anInterruptedJobLeavesNoWorkerAndNothingHalfWritten() throws Exception {
        Thread running = Thread.currentThread();
        Thread interrupter = whenStuck(running::interrupt);
        assertThrows(
                InterruptedException.class,
                () -> run("stopped", 1, launcher(FaultyWorker.Fault.STUCK)));
        interrupter.join();
        noProcessIsLeft();
        try (Stream<Path> files = Files.walk(folder.resolve("stopped"))) {
            assertEquals(List.of(), files.filter(f -> f.toString().endsWith(".part")).toList());
        }
        assertEquals(5, here("stopped").computed());
        here("here");
        assertSameBytes("here", "stopped");
    }

    /** What is done from another thread. */
    private interface Step {
        void run() throws IOException;
    }

    private Thread whenStuck(Step step) {
        return Thread.ofPlatform()
                .start(() -> {
                    try (WatchService watch = folder.getFileSystem().newWatchService()) {
                        folder.register(watch, StandardWatchEventKinds.ENTRY_CREATE);
                        while (Files.notExists(folder.resolve("stuck"))) {
                            watch.take().reset();
                        }
                        step.run();
                    } catch (IOException | InterruptedException e) {
                        throw new AssertionError(e);
                    }
                });
    }

    @Test
    void aPartitionThatEndsItsWorkerThreeTimesEndsTheJobWithTheReason() {
        BackendException e =
                assertThrows(
                        BackendException.class,
                        () ->
                                run(
                                        "poison",
                                        1,
                                        (job, device) ->
                                                new EndedProcess(
                                                        Worker.READY, "the device is on fire", 7)));
        assertEquals(
                "partition 0 failed 3 times, the last time on cpu:scalar: the worker ended with"
                        + " code 7: the device is on fire",
                e.getMessage());
        // Each of the six partitions goes to the end of the queue when it has failed.
        assertEquals(12, failures.size());
    }

    @Test
    void whatAWorkerSaysIsTheReason() {
        String file = Worker.FAILED + "file the disk is full";
        IOException e =
                assertThrows(
                        IOException.class,
                        () -> run("full", 1, (job, device) -> new EndedProcess(file, "", 0)));
        assertTrue(String.valueOf(e.getMessage()).endsWith("cpu:scalar: the disk is full"));
        String device = Worker.FAILED + "device it is hot";
        BackendException b =
                assertThrows(
                        BackendException.class,
                        () -> run("hot", 1, (job, d) -> new EndedProcess(device, "", 0)));
        assertTrue(String.valueOf(b.getMessage()).endsWith("cpu:scalar: it is hot"));
    }

    @Test
    void aWorkerThatCannotBeStartedIsTheReason() {
        BackendException e =
                assertThrows(
                        BackendException.class,
                        () ->
                                run(
                                        "none",
                                        2,
                                        (job, device) -> {
                                            throw new IOException("there is no java");
                                        }));
        assertTrue(
                String.valueOf(e.getMessage())
                        .endsWith("cpu:scalar: a worker cannot be started: there is no java"));
    }

    @Test
    void aWorkerAnswersWhyItCannotBegin() throws Exception {
        Path job = folder.resolve("job");
        assertAnswers("file " + job.resolve("manifest.txt") + ": there is no such file", job);
        assertThrows(
                BackendException.class,
                () -> run("job", 1, (f, device) -> new EndedProcess(Worker.READY, "", 1)));
        assertAnswers("device ", job);
        fixture.tensor("k").setDouble(0, 9);
        fixture.write(folder);
        assertAnswers("file " + job.resolve("manifest.txt") + " is of another job", job);
    }

    private static void assertAnswers(String failure, Path job) throws IOException {
        StringWriter out = new StringWriter();
        try (PipedWriter silent = new PipedWriter()) {
            Worker.serve(
                    job,
                    config -> LightningAttention.open(config, "cpu:none"),
                    new BufferedReader(new PipedReader(silent)),
                    new PrintWriter(out));
        }
        assertFalse(Thread.interrupted());
        assertTrue(out.toString().startsWith(Worker.FAILED + failure), out::toString);
    }
}
