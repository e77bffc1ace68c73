package io.github.lightning4j.cli.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.BackendException;
import io.github.lightning4j.distributed.JobReport;
import io.github.lightning4j.distributed.Phase;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Scripts stand in for spark-submit: they keep their arguments and answer as the job does. */
@DisabledOnOs(OS.WINDOWS)
class SparkSubmitTest {
    private static final String OPTIONS =
            "--add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED";

    @TempDir private Path folder;
    private final List<String> log = new ArrayList<>();
    private Path jar = Path.of("");

    @BeforeEach
    void write() throws IOException {
        jar = folder.resolve("the job.jar");
        Files.createFile(jar);
    }

    private SparkSubmit submit(String script) throws IOException {
        Path program = folder.resolve("bin/spark-submit");
        Files.createDirectories(program.getParent());
        Files.writeString(
                program,
                "#!/bin/sh\nprintf '%s\\n' \"$@\" > " + folder.resolve("args") + "\n" + script);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return new SparkSubmit(
                folder.toString(),
                "spark://host:7077",
                Map.of("spark.task.cpus", "2", "spark.executor.extraJavaOptions", "-Dq='a b'"),
                jar);
    }

    private JobReport run(String script) throws Exception {
        return submit(script).run(folder.resolve("job"), "tornado:cuda:{gpu}", log::add);
    }

    private List<String> expected() {
        return List.of(
                "--master",
                "spark://host:7077",
                "--class",
                "io.github.lightning4j.spark.SparkJob",
                "--conf",
                "spark.driver.extraJavaOptions=" + OPTIONS,
                "--conf",
                "spark.executor.extraJavaOptions=" + OPTIONS + " -Dq='a b'",
                "--conf",
                "spark.task.cpus=2",
                jar.toString(),
                folder.resolve("job").toString(),
                "tornado:cuda:{gpu}");
    }

    @Test
    void theReportIsReadFromBetweenTheLinesOfSpark() throws Exception {
        JobReport report =
                run(
                        """
                        echo hello
                        echo spark says >&2
                        echo lightning4j-job partitions=8 computed=3 tokens=9 exchanged=4 \
                            time=50 times.parts=40 kernels.parts=20
                        """);
        assertEquals(
                new JobReport(
                        8,
                        3,
                        9,
                        4,
                        Duration.ofNanos(50),
                        Map.of(Phase.PARTS, Duration.ofNanos(40)),
                        Map.of(Phase.PARTS, Duration.ofNanos(20))),
                report);
        assertEquals(List.of("hello", "spark says"), log.stream().sorted().toList());
        assertEquals(expected(), Files.readAllLines(folder.resolve("args")));
    }

    @Test
    void aShellReadsTheLineAsTheSameArguments() throws Exception {
        String line = submit("").line(folder.resolve("job"), "tornado:cuda:{gpu}");
        Process shell = new ProcessBuilder("sh", "-c", line).redirectErrorStream(true).start();
        String said = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, shell.waitFor(), said);
        assertEquals(expected(), Files.readAllLines(folder.resolve("args")));
    }

    @Test
    void whatTheJobSaysIsTheReason() {
        IOException full =
                assertThrows(
                        IOException.class,
                        () ->
                                run(
                                        """
                                        echo 'lightning4j: the disk is full' >&2
                                        echo 'INFO bye' >&2
                                        exit 4
                                        """));
        assertEquals("spark-submit ended with code 4: the disk is full", full.getMessage());
        BackendException none =
                assertThrows(BackendException.class, () -> run("echo no master >&2; exit 1"));
        assertEquals("spark-submit ended with code 1: no master", none.getMessage());
        // One that says nothing has not done it.
        assertThrows(BackendException.class, () -> run("exit 0"));
    }

    @Test
    void whatIsMissingIsNamed() throws IOException {
        SparkSubmit nowhere = new SparkSubmit(null, null, Map.of(), jar);
        BackendException unset = assertThrows(BackendException.class, nowhere::check);
        assertTrue(
                String.valueOf(unset.getMessage()).contains("SPARK_HOME is not set"),
                unset::getMessage);
        assertTrue(nowhere.line(folder, "cpu").startsWith("spark-submit --class "));
        SparkSubmit empty = new SparkSubmit("/nowhere", null, Map.of(), jar);
        BackendException wrong = assertThrows(BackendException.class, empty::check);
        assertTrue(
                String.valueOf(wrong.getMessage()).contains("no bin/spark-submit"),
                wrong::getMessage);
        SparkSubmit submit = submit("");
        submit.check();
        Files.delete(jar);
        IOException jarless = assertThrows(IOException.class, submit::check);
        assertTrue(String.valueOf(jarless.getMessage()).contains("-Pspark"), jarless::getMessage);
    }
}
