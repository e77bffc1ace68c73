package io.github.lightning4j.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lightning4j.BackendException;
import io.github.lightning4j.distributed.Direction;
import io.github.lightning4j.distributed.JobReport;
import io.github.lightning4j.distributed.Phase;

import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What becomes of a job when something fails on a standalone cluster, a master and two workers of
 * one core: the results are the bytes of one process, or there is an error that says why. All
 * processes are real, and executors get the jar for spark-submit from the driver.
 */
@Timeout(1800) // only to end what hangs
class SparkFaultsIT {
    private static final List<String> ADDRESSES = List.of("127.0.0.2", "127.0.0.3");

    /** With this, faults that take longer to try are tried too. */
    private static final String ALL = "lightning.spark.faults";

    @TempDir private static Path shared;
    private static Cluster cluster;
    private static Path faults = Path.of("");

    @TempDir private Path folder;
    private JobFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        cluster = new Cluster(shared.resolve("spark"), ADDRESSES);
        faults = shared.resolve("faults.jar");
        FaultyBackendProvider.writeJar(faults);
    }

    @AfterAll
    static void end() throws InterruptedException {
        cluster.end();
    }

    @BeforeEach
    void write() throws IOException {
        fixture = new JobFixture(folder);
    }

    private static String jars() {
        return System.getProperty("lightning.job.jar") + "," + faults;
    }

    /** A driver in this process. */
    private static JavaSparkContext context(String... more) {
        SparkConf conf =
                new SparkConf()
                        .setMaster(cluster.url())
                        .setAppName("lightning4j")
                        .set("spark.jars", jars())
                        .set("spark.driver.host", "127.0.0.1")
                        .set("spark.executor.memory", "512m")
                        .set(
                                "spark.executor.extraJavaOptions",
                                "-XX:+UseSerialGC -XX:TieredStopAtLevel=1")
                        .set("spark.ui.enabled", "false");
        for (int i = 0; i < more.length; i += 2) {
            conf.set(more[i], more[i + 1]);
        }
        return new JavaSparkContext(conf);
    }

    /** The device of which one call hangs until its process is killed. */
    private String stuck(String phase, int after) {
        return "stuck:" + phase + ":" + after + ":" + folder;
    }

    /** Does something, in a thread of its own, once a call hangs. */
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

    /** What is done from another thread. */
    private interface Step {
        void run() throws IOException, InterruptedException;
    }

    private void killStuck() throws IOException {
        long id = Long.parseLong(Files.readString(folder.resolve("stuck")));
        ProcessHandle.of(id).orElseThrow().destroyForcibly();
    }

    @ParameterizedTest
    @ValueSource(strings = {"states", "parts"})
    void anExecutorThatIsKilledWhileItComputesIsReplaced(String phase) throws Exception {
        assertReplaced(Direction.FORWARD, phase);
    }

    @ParameterizedTest
    @ValueSource(strings = {"states", "gradients", "parts"})
    @EnabledIfSystemProperty(named = ALL, matches = "all")
    void anExecutorThatIsKilledWhileItComputesGradientsIsReplaced(String phase) throws Exception {
        assertReplaced(Direction.BACKWARD, phase);
    }

    private void assertReplaced(Direction direction, String phase) throws Exception {
        Path expected = fixture.here(direction);
        Thread killer = whenStuck(this::killStuck);
        CountedEvents events = new CountedEvents();
        try (JavaSparkContext context = context()) {
            context.sc().addSparkListener(events);
            Path actual =
                    fixture.results(
                            "killed",
                            direction,
                            job -> LightningSpark.on(context).device(stuck(phase, 2)).run(job));
            killer.join();
            assertEquals(-1, Files.mismatch(expected, actual));
        }
        assertTrue(events.removed() >= 1, "no executor was removed");
    }

    @Test
    void anExecutorThatIsKilledInTheScanIsReplacedAndItsStatesAreComputedAgain() throws Exception {
        assertReplacedIn(Phase.STATE_SCAN, Direction.FORWARD);
    }

    @ParameterizedTest
    @EnumSource(names = {"STATE_SCAN", "GRADIENT_SCAN"})
    @EnabledIfSystemProperty(named = ALL, matches = "all")
    void anExecutorThatIsKilledInAScanForGradientsIsReplaced(Phase scan) throws Exception {
        assertReplacedIn(scan, Direction.BACKWARD);
    }

    private void assertReplacedIn(Phase scan, Direction direction) throws Exception {
        Path expected = fixture.here(direction);
        KillsInPhase kills = new KillsInPhase(cluster, scan);
        try (JavaSparkContext context = context()) {
            context.sc().addSparkListener(kills);
            Path actual =
                    fixture.results(
                            "scan",
                            direction,
                            job -> LightningSpark.on(context).device("cpu:scalar").run(job));
            assertEquals(-1, Files.mismatch(expected, actual));
        }
        assertEquals(1, kills.killed());
    }

    @Test
    void aDriverThatIsKilledGoesOnWhereItWas() throws Exception {
        Path expected = fixture.here(Direction.FORWARD);
        Path output = folder.resolve("driver");
        fixture.in(output, Direction.FORWARD, job -> job); // its manifest
        Cluster.Started first = cluster.submit(arguments(output, stuck("parts", 3)));
        Thread killer = whenStuck(() -> first.process().destroyForcibly());
        int code = first.await();
        assertTrue(code != 0, first::output);
        killer.join();
        Map<Path, Object> before = parts(output);
        assertTrue(before.size() >= 3, before::toString);
        Cluster.Started second = cluster.submit(arguments(output, "cpu:scalar"));
        assertEquals(0, second.await(), second::output);
        String line =
                second.output()
                        .lines()
                        .filter(l -> l.startsWith(SparkJob.REPORT))
                        .findFirst()
                        .orElseThrow();
        JobReport report = JobReport.parse(line.substring(SparkJob.REPORT.length()));
        assertEquals(JobFixture.PARTITIONS - before.size(), report.computed());
        Map<Path, Object> after = parts(output);
        after.keySet().retainAll(before.keySet());
        assertEquals(before, after); // files that were not written again
        Path actual = fixture.results("driver", Direction.FORWARD, job -> job);
        assertEquals(-1, Files.mismatch(expected, actual));
    }

    private static List<String> arguments(Path output, String device) {
        return List.of(
                "--class",
                SparkJob.class.getName(),
                "--conf",
                "spark.driver.host=127.0.0.1",
                "--conf",
                "spark.executor.memory=512m",
                "--jars",
                faults.toString(),
                System.getProperty("lightning.job.jar"),
                output.toString(),
                device);
    }

    /** The files of parts, and which they are. */
    private static Map<Path, Object> parts(Path output) throws IOException {
        Map<Path, Object> parts = new TreeMap<>();
        try (Stream<Path> files = Files.list(output)) {
            for (Path file :
                    files.filter(f -> f.getFileName().toString().startsWith("part-")).toList()) {
                parts.put(file, Files.getAttribute(file, "unix:ino"));
            }
        }
        return parts;
    }

    @Test
    void anInterruptedRunFreesItsExecutorAndGoesOnWhereItWas() throws Exception {
        Path expected = fixture.here(Direction.FORWARD);
        Path output = folder.resolve("interrupted");
        Thread interrupter = whenStuck(Thread.currentThread()::interrupt);
        // One core in all: as long as a call that hangs has it, nothing else runs.
        try (JavaSparkContext context = context("spark.cores.max", "1")) {
            LightningSpark spark = LightningSpark.on(context);
            assertThrows(
                    InterruptedException.class,
                    () ->
                            fixture.in(
                                    output,
                                    Direction.FORWARD,
                                    spark.device(stuck("parts", 2))::run));
            interrupter.join();
            SparkReport report =
                    fixture.in(output, Direction.FORWARD, spark.device("cpu:scalar")::run);
            assertEquals(JobFixture.PARTITIONS - 2, report.job().computed());
        }
        Path actual = fixture.results("interrupted", Direction.FORWARD, job -> job);
        assertEquals(-1, Files.mismatch(expected, actual));
    }

    @Test
    void anInputThatChangesIsRefusedByExecutorsWithItsName() throws Exception {
        try (JavaSparkContext context = context()) {
            IOException e =
                    assertThrows(
                            IOException.class,
                            () ->
                                    fixture.results(
                                            "changed",
                                            Direction.FORWARD,
                                            job -> {
                                                fixture.write(6);
                                                return LightningSpark.on(context)
                                                        .device("cpu:scalar")
                                                        .run(job);
                                            }));
            assertTrue(
                    String.valueOf(e.getMessage()).contains("manifest.txt is of another job"),
                    e.getMessage());
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "lightning.java17", matches = ".+")
    void anExecutorOfAnOlderJavaIsNamedAsTheReason() throws Exception {
        Path old = Path.of(System.getProperty("lightning.java17"));
        try (JavaSparkContext context = context("spark.executorEnv.JAVA_HOME", old.toString())) {
            BackendException e =
                    assertThrows(
                            BackendException.class,
                            () ->
                                    fixture.results(
                                            "old",
                                            Direction.FORWARD,
                                            job ->
                                                    LightningSpark.on(context)
                                                            .device("cpu:scalar")
                                                            .run(job)));
            assertTrue(
                    String.valueOf(e.getMessage())
                            .startsWith("an executor runs a Java that is too old"),
                    e.getMessage());
        }
    }

    @Test
    @EnabledIfSystemProperty(named = ALL, matches = "all")
    void aTaskThatDoesNotEndIsComputedByAnotherExecutor() throws Exception {
        Path expected = fixture.here(Direction.FORWARD);
        CountedEvents events = new CountedEvents();
        try (JavaSparkContext context =
                context(
                        "spark.speculation", "true",
                        "spark.speculation.quantile", "0.5",
                        "spark.speculation.multiplier", "1.1")) {
            context.sc().addSparkListener(events);
            Path actual =
                    fixture.results(
                            "straggler",
                            Direction.FORWARD,
                            job -> LightningSpark.on(context).device(stuck("parts", 2)).run(job));
            assertTrue(Files.exists(folder.resolve("stuck")), "no task was slow");
            assertEquals(-1, Files.mismatch(expected, actual));
        }
        assertTrue(events.speculative() >= 1, "no task was tried twice at a time");
    }

    @Test
    @EnabledIfSystemProperty(named = ALL, matches = "all")
    void anExecutorWithoutVectorsIsTold() throws Exception {
        Path expected = fixture.here(Direction.FORWARD);
        List<String> notices = new ArrayList<>();
        // This cluster's executors have C1 alone, which has no vectors.
        try (JavaSparkContext context = context()) {
            Path actual =
                    fixture.results(
                            "slow",
                            Direction.FORWARD,
                            job ->
                                    notices.addAll(
                                            LightningSpark.on(context)
                                                    .device("cpu")
                                                    .run(job)
                                                    .notices()));
            assertEquals(-1, Files.mismatch(expected, actual));
        }
        assertEquals(1, notices.size(), notices::toString);
        assertTrue(notices.getFirst().contains("computes without vectors"), notices::toString);
    }

    @Test
    @EnabledIfSystemProperty(named = ALL, matches = "all")
    void aDiskThatIsFullIsTheReasonAndTheJobGoesOnWhenItIsLarger() throws Exception {
        Path expected = fixture.here(Direction.FORWARD);
        Path disk = Files.createDirectory(folder.resolve("disk"));
        assumeTrue(
                mount("-t", "tmpfs", "-o", "size=400k", "tmpfs", disk.toString()) == 0,
                "a file system can be mounted by root only");
        try (JavaSparkContext context = context()) {
            LightningSpark spark = LightningSpark.on(context).device("cpu:scalar");
            IOException e =
                    assertThrows(
                            IOException.class,
                            () -> fixture.in(disk, Direction.FORWARD, spark::run));
            assertTrue(
                    String.valueOf(e.getMessage()).contains("No space left on device"),
                    e.getMessage());
            assertEquals(0, mount("-o", "remount,size=8m", disk.toString()));
            int before = parts(disk).size();
            SparkReport report = fixture.in(disk, Direction.FORWARD, spark::run);
            assertEquals(JobFixture.PARTITIONS - before, report.job().computed());
            Path actual = fixture.results("disk", Direction.FORWARD, job -> job);
            assertEquals(-1, Files.mismatch(expected, actual));
        } finally {
            int _ = run("umount", disk.toString());
        }
    }

    private static int mount(String... arguments) throws Exception {
        return run("mount", arguments);
    }

    private static int run(String program, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(program));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }
}
